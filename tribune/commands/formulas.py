"""Shows a formula as it is published: the document, and what it means in a few sentences."""

from collections.abc import Iterator
from typing import Any, Protocol

import msgspec
import yaml

from schemas.formulas import SATISFACTION_V1, Formula, PresentationFormula, SatisfactionFormula


class Api(Protocol):
    """The console, as far as it is asked here."""

    def get(self, path: str) -> Any:
        """Ask how something stands."""
        ...


def built_in(formula_id: str) -> list[tuple[str, Formula]]:
    """The formula that comes with this version, if it is that."""
    return [("built in", SATISFACTION_V1)] if formula_id == SATISFACTION_V1.id else []


def published(api: Api, formula_id: str) -> list[tuple[str, Formula]]:
    """Every version of a formula in the broadcasts that are loaded, with where it is from."""
    found: list[tuple[str, Formula]] = []
    for entry in api.get("/api/broadcasts"):
        if entry["retired"]:
            continue
        document = api.get(f"/api/broadcasts/{entry['id']}")
        formulas = msgspec.convert(document["formulas"], list[Formula])
        found += [(f"broadcast {entry['id']}", one) for one in formulas if one.id == formula_id]
    return found


def shown(where: str, formula: Formula) -> str:
    """A formula as YAML, as a broadcast file has it, with its meaning as a comment."""
    document = yaml.safe_dump(msgspec.to_builtins(formula), allow_unicode=True, sort_keys=False)
    meaning = [f"{formula.id} version {formula.version}: {where}", *_meaning(formula)]
    return "\n".join(f"# {line}" for line in meaning) + f"\n{document}"


def _meaning(formula: Formula) -> Iterator[str]:
    match formula:
        case SatisfactionFormula():
            yield "The weighted mean of the rated ballots, in hundredths, rounded half up."
            yield "`not_applicable` counts as a ballot and is out of the denominator."
        case PresentationFormula():
            yield from _presentation(formula)


def _presentation(formula: PresentationFormula) -> Iterator[str]:
    greatest = sum(criterion.max for criterion in formula.criteria)
    parts = " + ".join(f"{criterion.id} (0-{criterion.max})" for criterion in formula.criteria)
    yield f"An evaluator's total is {parts}: {greatest} at most, in whole marks."
    yield (
        "A panel's score is the mean of its submitted totals; from "
        f"{formula.drop_extremes_from} on, the highest and the lowest are dropped."
    )
    weights = ", ".join(f"{panel} {weight}" for panel, weight in formula.panels.items())
    yield f"The score is the mean of the panels' exact scores, by weight ({weights}),"
    yield "as a share of the greatest possible total, in hundredths of 100, rounded once, half up."
    yield "Nobody marks their own unit; a panel without any mark leaves the weights."
    citizens = formula.citizens
    if citizens.weight:
        yield (
            f"Citizens count {citizens.weight}: the unit's exact satisfaction in "
            f"{citizens.round}, from {citizens.minimum_ballots} rated ballots on."
        )
    ties = ", then ".join(formula.tie_break)
    yield f"Equal scores share a rank{f', unless these part them: {ties}' if ties else ''}."
