"""One row of the measured table: what is measured, beside what, in one run."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """`ratio` is ours against theirs (above 1 is better); `at_least` is what we promise of it.

    `bound` is a promise about our own figure, in words; a row with neither promises nothing.
    """

    what: str
    ours: str
    beside: str
    theirs: str
    ratio: float | None
    at_least: float | None
    ok: bool
    bound: str = ""

    @property
    def promise(self) -> str:
        """What is promised, or a dash."""
        return self.bound or ("-" if self.at_least is None else f">= {self.at_least:g}x")

    @property
    def verdict(self) -> str:
        """Whether the promise is kept; a dash where there is none."""
        return "-" if self.promise == "-" else "ok" if self.ok else "MISSED"


def ratio_row(
    what: str,
    unit: str,
    ours: float,
    beside: str,
    theirs: float,
    at_least: float | None,
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
        at_least is None or ratio >= at_least,
    )


def bound_row(what: str, unit: str, ours: float, at_most: float) -> Row:
    """Hold a figure against a bound that it must not pass."""
    bound = f"<= {at_most:,.4g} {unit}"
    return Row(what, f"{ours:,.4g} {unit}", "-", "-", None, None, ours <= at_most, bound)


def figure_row(what: str, unit: str, ours: float) -> Row:
    """Show a figure of which nothing is promised."""
    return Row(what, f"{ours:,.3g} {unit}", "-", "-", None, None, ok=True)


def note_row(what: str, beside: str, theirs: str) -> Row:
    """Show what a peer was once seen to do, on another day: it is not run here."""
    return Row(what, "-", beside, theirs, None, None, ok=True)


def render(rows: Sequence[Row]) -> str:
    """Lay the rows out as a table for a terminal."""
    head = ("what", "bound", "measured", "", "beside", "theirs", "ratio")
    lines = [head] + [
        (
            row.what,
            row.promise,
            row.ours,
            row.verdict,
            row.beside,
            row.theirs,
            "-" if row.ratio is None else f"{row.ratio:.2f}x",
        )
        for row in rows
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
