from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from agents.reducers.presentation import Citizens, Marks, half_up, rank, score, trimmed_mean
from agents.reducers.satisfaction import exact
from schemas.formulas import SATISFACTION_V1, CitizensPart, Criterion, PresentationFormula

FORMULA = PresentationFormula(
    id="presentation",
    version=1,
    criteria=[Criterion(id="results", max=60), Criterion(id="delivery", max=40)],
    panels={"leaders": 60, "officials": 40},
    tie_break=["panel:leaders", "criterion:results"],
)


def marks(panel: str, *totals: tuple[int, int]) -> list[Marks]:
    return [
        Marks(panel, {"results": results, "delivery": delivery}) for results, delivery in totals
    ]


def test_panels_count_by_their_weights() -> None:
    found = score(FORMULA, marks("leaders", (60, 40)) + marks("officials", (30, 20)))
    assert found is not None
    assert (found.score, found.panels) == (8_000, {"leaders": 10_000, "officials": 5_000})


def test_a_panel_without_any_mark_leaves_the_weights() -> None:
    found = score(FORMULA, marks("officials", (30, 20)))
    assert found is not None
    assert found.score == 5_000


def test_nothing_counts_without_marks() -> None:
    assert score(FORMULA, []) is None


def test_the_highest_and_the_lowest_are_dropped_from_five_marks_on() -> None:
    assert trimmed_mean([0, 50, 50, 100], 5) == 50
    assert trimmed_mean([0, 50, 52, 54, 100], 5) == 52


def test_a_half_is_rounded_up_once_at_the_end() -> None:
    assert half_up(Fraction(1, 2)) == 1
    assert half_up(Fraction(49, 100)) == 0


def test_citizens_below_their_minimum_leave_the_weights() -> None:
    formula = PresentationFormula(
        id="p",
        version=1,
        criteria=FORMULA.criteria,
        panels={"leaders": 80},
        citizens=CitizensPart(weight=20, round="r", minimum_ballots=30),
    )
    own = marks("leaders", (60, 40))
    assert getattr(score(formula, own, Citizens(Fraction(5_000), 29)), "score", None) == 10_000
    assert getattr(score(formula, own, Citizens(Fraction(5_000), 30)), "score", None) == 9_000


def test_citizens_count_as_exactly_as_panels_and_only_the_score_is_rounded() -> None:
    formula = PresentationFormula(
        id="p",
        version=1,
        criteria=FORMULA.criteria,
        panels={"leaders": 1},
        citizens=CitizensPart(weight=1, round="r", minimum_ballots=1),
    )
    satisfaction = exact(SATISFACTION_V1, [2, 0, 0, 1, 0])  # 66.666..., which is shown as 66.67
    found = score(formula, marks("leaders", (20, 0)), Citizens(satisfaction, 3))
    assert getattr(found, "score", None) == 4_333, "of 66.67 it would be 43.335, rounded to 4334"


def test_ties_are_broken_in_the_declared_order_or_shared() -> None:
    slots = {
        "a": score(FORMULA, marks("leaders", (50, 40))),
        "b": score(FORMULA, marks("leaders", (60, 30))),
        "c": score(FORMULA, marks("leaders", (60, 30))),
        "d": score(FORMULA, marks("leaders", (10, 10))),
    }
    assert rank({slot: found for slot, found in slots.items() if found}) == {
        "a": 3,
        "b": 1,
        "c": 1,
        "d": 4,
    }


TOTALS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 40)), min_size=1, max_size=9)


@given(TOTALS, TOTALS)
def test_the_score_is_that_of_the_formula_written_out(
    leaders: list[tuple[int, int]], officials: list[tuple[int, int]]
) -> None:
    def panel(rows: list[tuple[int, int]]) -> Fraction:
        totals = [results + delivery for results, delivery in rows]
        if len(totals) >= 5:
            totals.remove(max(totals))
            totals.remove(min(totals))
        return Fraction(sum(totals)) / len(totals)

    exact = (60 * panel(leaders) + 40 * panel(officials)) / 100 * 100
    whole = exact.numerator // exact.denominator
    slow = whole + (1 if exact - whole >= Fraction(1, 2) else 0)
    found = score(FORMULA, marks("leaders", *leaders) + marks("officials", *officials))
    assert found is not None
    assert found.score == slow
