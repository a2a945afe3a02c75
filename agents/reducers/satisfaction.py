"""The formula `satisfaction` v1, in exact integers (DESIGN, Satisfaction, by formula)."""

from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

from schemas.ballots import CHOICES
from schemas.formulas import FULL_SCORE, SatisfactionFormula

RATED = CHOICES[:4]


@dataclass(frozen=True, slots=True)
class Standing:
    """A unit's score and 95 % interval, each 0 to 10000 hundredths."""

    score: int
    low: int
    high: int


def exact(formula: SatisfactionFormula, counts: list[int]) -> Fraction:
    """The weighted mean of the rated ballots, of which there must be one, in hundredths."""
    rated = counts[:4]
    weights = (formula.weights[word] for word in RATED)
    weighted = sum(weight * count for weight, count in zip(weights, rated, strict=True))
    return Fraction(100 * weighted, sum(rated))


def standing(formula: SatisfactionFormula, counts: list[int]) -> Standing:
    """Score a unit from its five counts; at least one rated ballot is needed.

    The score is the weighted mean of the rated ballots, rounded half up. The interval is that of
    the Dirichlet posterior with half a ballot added to each rated choice, m' -+ 1.96 sqrt(v), its
    low end rounded down and its high end up. Doubled counts keep everything in integers.
    """
    weights = [formula.weights[word] for word in RATED]
    rated = counts[:4]
    total = sum(rated)
    weighted = sum(weight * count for weight, count in zip(weights, rated, strict=True))
    score = (200 * weighted + total) // (2 * total)  # 100 * weighted / total, half up

    doubled = [2 * count + 1 for count in rated]
    n = sum(doubled)
    first = sum(weight * d for weight, d in zip(weights, doubled, strict=True))
    second = sum(weight * weight * d for weight, d in zip(weights, doubled, strict=True))
    # 196 is 1.96 in hundredths; with n = 2n' the variance's 1 / (n' + 1) is 2 / (n + 2)
    spread = _root_up(2 * 196 * 196 * (second * n - first * first), n + 2)
    low = (100 * first - spread) // n
    high = -(-(100 * first + spread) // n)
    return Standing(score, max(low, 0), min(high, FULL_SCORE))


def _root_up(numerator: int, denominator: int) -> int:
    """The least whole s with s * s >= numerator / denominator."""
    square = -(-numerator // denominator)
    return isqrt(square - 1) + 1 if square > 0 else 0


def ranks(scores: list[int]) -> list[int]:
    """Rank scores that are sorted from the best down; equal ones share (1, 2, 2, 4)."""
    places: list[int] = []
    for place, score in enumerate(scores, start=1):
        tied = bool(places) and score == scores[place - 2]
        places.append(places[-1] if tied else place)
    return places


def rank_range(standings: list[Standing], own: Standing) -> tuple[int, int]:
    """The best and the worst rank that the intervals leave open for one of the ranked units."""
    above = sum(1 for other in standings if other.low > own.high)
    below = sum(1 for other in standings if other.high < own.low)
    return 1 + above, len(standings) - below
