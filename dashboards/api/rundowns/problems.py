"""Why a running order is not taken: every reason at once, and what to do about it."""

from collections.abc import Sequence

from agents.reducers.rundown_rules import HELD, Wrong
from dashboards.api.web.errors import RequestRefused
from schemas.loading import MOST_PROBLEMS, Problem
from schemas.rundown import RowProblem


def order_refused(reason: str, found: Sequence[Wrong]) -> RequestRefused:
    """What the rules of a running order refuse: 409, with advice when slots were held already."""
    told = [Problem(0, "", wrong.detail, wrong.reason, wrong.slot) for wrong in found]
    told, detail = told[:MOST_PROBLEMS], found[0].detail
    if any(wrong.reason.startswith("done_") for wrong in found):
        told.append(Problem(0, "", HELD, "held"))
        detail = f"{detail}: {HELD}"
    return RequestRefused(409, reason, detail, errors=told)


def table_refused(found: Sequence[RowProblem]) -> RequestRefused:
    """What is wrong in the cells of a table: 400, each with its row and column."""
    count = "1 problem" if len(found) == 1 else f"{len(found)} problems, the first"
    told = [
        Problem(entry.row, _where(entry), entry.detail, entry.reason, entry.value)
        for entry in found[:MOST_PROBLEMS]
    ]
    detail = f"{count} in row {told[0].line}, {told[0].field}: {told[0].detail}"
    return RequestRefused(400, "invalid_rundown", detail, field=told[0].field, errors=told)


def _where(entry: RowProblem) -> str:
    return f"column {_letters(entry.column)} ({entry.heading})"


def _letters(column: int) -> str:
    """A column's name in a spreadsheet: A to Z, AA, AB."""
    name = ""
    while column:
        column, letter = divmod(column - 1, 26)
        name = chr(ord("A") + letter) + name
    return name
