"""Simulated evaluators: who marks which slot how, and what the ranking of a group must then be.

Pure and seeded. The ranking is reckoned here a second time, as the published formula reads and
without the code that ranks, so that the board can be compared with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random
from typing import Any

# As that of the citizens
SEED = 2026
TIE = "has a tie to the presenter"

Document = dict[str, Any]
Given = dict[str, dict[str, int]]
"""Marks by evaluator, then by criterion."""


@dataclass(frozen=True, slots=True)
class Paper:
    """What is said of one slot: marks, who declared a tie, and whose own unit it is."""

    given: Given
    recused: list[str] = field(default_factory=list[str])
    own: list[str] = field(default_factory=list[str])


def papers(
    slots: Sequence[Document], evaluators: Sequence[Document], formula: Document
) -> dict[str, Paper]:
    """What everyone will say of every slot; in each group one evaluator declares a tie."""
    random = Random(SEED)  # noqa: S311 - a simulation, not a secret
    tied: dict[str, str] = {}
    found: dict[str, Paper] = {}
    for slot in slots:
        own = [one["id"] for one in evaluators if slot["unit"] in one.get("units", [])]
        others = [one["id"] for one in evaluators if one["id"] not in own]
        recused = []
        if slot["group"] not in tied:
            recused = [tied.setdefault(slot["group"], random.choice(others))]
        # presenters differ by more than evaluators do, and nobody reaches the greatest mark
        talent = random.uniform(0.6, 0.95)
        given = {name: _marks(formula, talent, random) for name in others if name not in recused}
        found[slot["id"]] = Paper(given, recused, own)
    return found


def _marks(formula: Document, talent: float, random: Random) -> dict[str, int]:
    # 0.08: evaluators differ by some marks of a hundred
    return {
        criterion["id"]: min(
            criterion["max"], max(0, round(criterion["max"] * random.gauss(talent, 0.08)))
        )
        for criterion in formula["criteria"]
    }


def expected(
    found: Mapping[str, Paper], evaluators: Sequence[Document], formula: Document
) -> dict[str, tuple[int, int]]:
    """Rank and score (hundredths) of each slot that has marks, by the formula as it reads."""
    panels = {one["id"]: one["panel"] for one in evaluators}
    keys = {slot: _key(paper.given, panels, formula) for slot, paper in found.items()}
    return {
        slot: (1 + sum(other > key for other in keys.values()), key[0])
        for slot, key in keys.items()
    }


def _key(
    given: Given, panels: Mapping[str, str], formula: Document
) -> tuple[int, tuple[Fraction, ...]]:
    """A slot's score in hundredths, and what breaks a tie."""
    greatest = sum(criterion["max"] for criterion in formula["criteria"])
    means: dict[str, Fraction] = {}
    for panel in formula["panels"]:
        totals = sorted(sum(given[one].values()) for one in given if panels[one] == panel)
        if len(totals) >= formula["drop_extremes_from"]:
            totals = totals[1:-1]
        if totals:
            means[panel] = Fraction(sum(totals), len(totals))
    weight = sum(formula["panels"][panel] for panel in means)
    mean = sum(formula["panels"][panel] * means[panel] for panel in means) / weight
    hundredths = mean * 10_000 / greatest
    ties = tuple(_tie(rule, means, given) for rule in formula["tie_break"])
    return int(hundredths + Fraction(1, 2)), ties


def _tie(rule: str, means: Mapping[str, Fraction], given: Given) -> Fraction:
    kind, name = rule.split(":")
    if kind == "panel":
        return means.get(name, Fraction(-1))
    marks = [entry[name] for entry in given.values()]
    return Fraction(sum(marks), len(marks))
