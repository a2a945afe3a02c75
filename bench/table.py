"""One row of the measured table: what is measured, beside what, in one run."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """`ratio` is ours against theirs (above 1 is better); `at_least` is what we promise."""

    what: str
    ours: str
    beside: str
    theirs: str
    ratio: float | None
    at_least: float | None
    ok: bool


def ratio_row(
    what: str,
    unit: str,
    ours: float,
    beside: str,
    theirs: float,
    at_least: float,
    *,
    less: bool = False,
) -> Row:
    """Compare two figures; `less` says that the smaller figure is the better one."""
    ratio = theirs / ours if less else ours / theirs
    return Row(
        what,
        f"{ours:,.3g} {unit}",
        beside,
        f"{theirs:,.3g} {unit}",
        ratio,
        at_least,
        ratio >= at_least,
    )


def bound_row(what: str, unit: str, ours: float, at_most: float) -> Row:
    """Hold a figure against a bound that it must not pass."""
    return Row(
        what, f"{ours:,.4g} {unit}", "bound", f"{at_most:,.4g} {unit}", None, None, ours <= at_most
    )


def render(rows: Sequence[Row]) -> str:
    """Lay the rows out as a table for a terminal."""
    head = ("what", "ours", "beside", "theirs", "ratio", "at least", "")
    lines = [head] + [
        (
            row.what,
            row.ours,
            row.beside,
            row.theirs,
            "-" if row.ratio is None else f"{row.ratio:.2f}x",
            "-" if row.at_least is None else f"{row.at_least:g}x",
            "ok" if row.ok else "MISSED",
        )
        for row in rows
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
