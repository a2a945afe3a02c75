"""The formula for presentations: panels' trimmed means by weight, in exact fractions.

A panel's score is the mean of its submitted, not recused totals, the highest and the lowest one
dropped when there are enough. The slot's score is the mean of the panels' scores by weight, as a
share of the greatest possible total, in hundredths of 100, rounded once, half up. A panel without
any mark, and citizens below their minimum, leave the weights (CONTRACT, A broadcast file).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from schemas.formulas import FULL_SCORE, PresentationFormula


@dataclass(frozen=True, slots=True)
class Marks:
    """One evaluator's marks of one slot, by criterion; submitted, and not recused."""

    panel: str
    marks: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Citizens:
    """What citizens say of a slot's unit: its exact satisfaction in hundredths, from how many."""

    score: Fraction
    rated: int


@dataclass(frozen=True, slots=True)
class Score:
    """A slot's score and its panels' shares in hundredths; `ties` are exact, in the given order."""

    score: int
    panels: dict[str, int]
    marks: int
    ties: tuple[Fraction, ...]


def trimmed_mean(totals: Sequence[int], drop_extremes_from: int) -> Fraction:
    """The mean of some totals, the highest and the lowest dropped when there are enough."""
    kept = sorted(totals)
    if len(kept) >= drop_extremes_from:
        kept = kept[1:-1]
    return Fraction(sum(kept), len(kept))


def score(
    formula: PresentationFormula, marks: Sequence[Marks], citizens: Citizens | None = None
) -> Score | None:
    """Score one slot, or None while nothing counts yet."""
    greatest = sum(criterion.max for criterion in formula.criteria)
    panels = _panels(formula, marks)
    parts = [(Fraction(formula.panels[panel]), mean / greatest) for panel, mean in panels.items()]
    share = formula.citizens
    if citizens is not None and share.weight and citizens.rated >= share.minimum_ballots:
        parts.append((Fraction(share.weight), citizens.score / FULL_SCORE))
    weight = sum((part[0] for part in parts), Fraction(0))
    if not weight:
        return None
    mean = sum((part[0] * part[1] for part in parts), Fraction(0)) / weight
    return Score(
        score=half_up(mean * FULL_SCORE),
        panels={name: half_up(exact / greatest * FULL_SCORE) for name, exact in panels.items()},
        marks=len(marks),
        ties=tuple(_tie(formula, name, panels, marks) for name in formula.tie_break),
    )


def half_up(exact: Fraction) -> int:
    """Round a fraction that is not negative to a whole number, a half upward."""
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def _panels(formula: PresentationFormula, marks: Sequence[Marks]) -> dict[str, Fraction]:
    totals: dict[str, list[int]] = {}
    for entry in marks:
        totals.setdefault(entry.panel, []).append(sum(entry.marks.values()))
    return {
        panel: trimmed_mean(totals[panel], formula.drop_extremes_from)
        for panel in formula.panels
        if panel in totals
    }


def _tie(
    formula: PresentationFormula, name: str, panels: dict[str, Fraction], marks: Sequence[Marks]
) -> Fraction:
    kind, _, wanted = name.partition(":")
    if kind == "panel":
        return panels.get(wanted, Fraction(-1))
    counted = [entry.marks[wanted] for entry in marks if entry.panel in formula.panels]
    return Fraction(sum(counted), len(counted)) if counted else Fraction(-1)


def rank(scores: Mapping[str, Score]) -> dict[str, int]:
    """Rank slots by score, then by the formula's tie-breaks; what is still equal shares a rank."""
    keys = {slot: (entry.score, entry.ties) for slot, entry in scores.items()}
    return {slot: 1 + sum(other > key for other in keys.values()) for slot, key in keys.items()}
