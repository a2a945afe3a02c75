from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal, localcontext
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from agents.reducers.satisfaction import Standing, rank_range, ranks, standing
from schemas.formulas import SATISFACTION_V1

WEIGHTS = [Decimal(100), Decimal(80), Decimal(60), Decimal(0)]


def test_not_applicable_is_out_of_the_denominator() -> None:
    assert standing(SATISFACTION_V1, [3, 2, 1, 0, 0]) == standing(SATISFACTION_V1, [3, 2, 1, 0, 99])


def test_a_score_is_the_weighted_mean_in_hundredths() -> None:
    assert standing(SATISFACTION_V1, [1, 1, 1, 1, 0]).score == 6_000


def test_half_a_hundredth_is_rounded_up() -> None:
    assert standing(SATISFACTION_V1, [799, 0, 0, 1, 0]).score == 9_988


def test_an_interval_stays_within_what_is_possible() -> None:
    assert standing(SATISFACTION_V1, [1, 0, 0, 0, 0]).high == 10_000
    assert standing(SATISFACTION_V1, [0, 0, 0, 1, 0]).low == 0


@given(st.integers(0, 1 << 32))
def test_scores_and_intervals_are_the_formulas_to_the_last_digit(seed: int) -> None:
    chance = Random(seed)
    most = 10 ** chance.randrange(1, 7)
    counts = [chance.randrange(1, most)] + [chance.randrange(most) for _ in range(4)]
    chance.shuffle(counts)
    if sum(counts[:4]):
        assert standing(SATISFACTION_V1, counts) == by_the_book(counts)


def by_the_book(counts: list[int]) -> Standing:
    """The formula as DESIGN.md writes it, in sixty digits."""
    with localcontext() as context:
        context.prec = 60
        rated = [Decimal(count) for count in counts[:4]]
        score = 100 * sum(w * c for w, c in zip(WEIGHTS, rated, strict=True)) / sum(rated)
        padded = [count + Decimal("0.5") for count in rated]
        n = sum(rated) + 2
        mean = sum(w * c for w, c in zip(WEIGHTS, padded, strict=True)) / n
        square = sum(w * w * c for w, c in zip(WEIGHTS, padded, strict=True)) / n
        spread = Decimal("1.96") * ((square - mean * mean) / (n + 1)).sqrt()
        return Standing(
            int(score.quantize(Decimal(1), ROUND_HALF_UP)),
            max(0, int((100 * (mean - spread)).quantize(Decimal(1), ROUND_FLOOR))),
            min(10_000, int((100 * (mean + spread)).quantize(Decimal(1), ROUND_CEILING))),
        )


def test_equal_scores_share_a_rank_and_the_next_is_left_out() -> None:
    assert ranks([900, 800, 800, 700]) == [1, 2, 2, 4]


def test_a_unit_whose_interval_meets_all_others_may_have_any_rank() -> None:
    standings = [Standing(80, 70, 90), Standing(50, 40, 75), Standing(85, 71, 99)]
    assert rank_range(standings, standings[0]) == (1, 3)


def test_a_unit_that_is_surely_last_is_last_in_its_range() -> None:
    standings = [Standing(80, 70, 90), Standing(85, 75, 95), Standing(20, 10, 30)]
    assert rank_range(standings, standings[2]) == (3, 3)
    assert rank_range(standings, standings[0]) == (1, 2)
