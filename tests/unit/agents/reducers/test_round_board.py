from typing import Any

from msgspec.structs import replace

from agents.reducers.round_board import Parts, board, step
from schemas.boards import INCARNATION_STEP
from schemas.broadcasts import Text
from schemas.formulas import SATISFACTION_V1
from schemas.tallies import RankedUnit, RoundTally, VoteTally
from schemas.topics import VOTE_PARTITIONS

UNITS = [RankedUnit("housing", 1), RankedUnit("water", 2), RankedUnit("roads", 3)]
OPEN = RoundTally(
    round="r",
    broadcast="b",
    title=Text(en="R"),
    units=UNITS,
    formula=SATISFACTION_V1,
    minimum_ballots=2,
    accepts=["web"],
    status="open",
    closes_at=None,
    final_positions=None,
    incarnation=1,
    position=3,
    at=50,
)
FINAL = replace(
    OPEN, status="finalised", position=5, at=70, final_positions={str(n): 4 for n in range(8)}
)


def votes(partition: int, position: int = 0, folded_to: int = 4, **counts: list[int]) -> VoteTally:
    return VoteTally("r", partition, counts, position, max(folded_to, position), 10 * position)


def parts(*tallies: RoundTally | VoteTally, folded_to: int = 4) -> Parts:
    """What is held after every partition has spoken, and then these tallies."""
    held = Parts()
    for partition in range(VOTE_PARTITIONS):
        step(held, votes(partition, folded_to=folded_to))
    for tally in tallies:
        step(held, tally)
    return held


def made(held: Parts) -> Any:
    found = board(held, "r")
    assert found is not None
    return found


def test_no_board_is_made_before_every_partition_has_spoken() -> None:
    held = Parts()
    step(held, OPEN)
    for partition in range(VOTE_PARTITIONS):
        assert board(held, "r") is None
        step(held, votes(partition))
    assert board(held, "r") is not None


def test_no_board_is_made_of_a_round_that_was_never_opened() -> None:
    assert board(parts(replace(OPEN, status="loaded")), "r") is None


def test_a_boards_number_is_its_incarnation_and_the_sum_of_its_positions() -> None:
    found = made(parts(OPEN, votes(2, 4), votes(7, 9)))
    assert found.seq == INCARNATION_STEP + 3 + 4 + 9
    assert found.positions["votes"]["7"] == 9
    assert found.positions["broadcasts"] == {"0": 3}
    assert found.as_of == 90


def test_the_partitions_counts_are_added_up() -> None:
    found = made(
        parts(OPEN, votes(0, 1, housing=[1, 0, 0, 0, 0]), votes(1, 1, housing=[1, 0, 0, 1, 2]))
    )
    assert found.rows[0].counts == {
        "very_satisfied": 2,
        "satisfied": 0,
        "average": 0,
        "not_satisfied": 1,
        "not_applicable": 2,
    }
    assert (found.rows[0].rated, found.rows[0].ballots) == (3, 5)


def test_below_the_minimum_only_the_number_of_ballots_is_published() -> None:
    row = made(parts(OPEN, votes(0, 1, water=[0, 0, 0, 1, 5]))).rows[1]
    assert (row.unit, row.status, row.rated, row.ballots) == ("water", "below_minimum", 1, 6)
    assert [row.rank, row.rank_from, row.rank_to, row.score, row.interval, row.counts] == [None] * 6


def test_units_below_the_minimum_stand_at_the_end_by_number() -> None:
    found = made(parts(OPEN, votes(0, 1, roads=[0, 0, 0, 2, 0])))
    assert [row.unit for row in found.rows] == ["roads", "housing", "water"]


def test_equal_scores_share_a_rank_in_the_order_of_their_numbers() -> None:
    found = made(
        parts(
            OPEN, votes(0, 1, roads=[2, 0, 0, 0, 0], water=[3, 0, 0, 0, 0], housing=[0, 2, 0, 0, 0])
        )
    )
    assert [(row.unit, row.rank) for row in found.rows] == [
        ("water", 1),
        ("roads", 1),
        ("housing", 3),
    ]


def test_a_tally_behind_what_is_held_is_not_taken() -> None:
    held = parts(OPEN, votes(0, 6, housing=[3, 0, 0, 0, 0]))
    before = board(held, "r")
    assert step(held, votes(0, 5, housing=[9, 0, 0, 0, 0])) is None
    assert step(held, replace(OPEN, position=2, status="closed")) is None
    assert board(held, "r") == before


def test_what_is_only_said_again_changes_no_board() -> None:
    held = parts(OPEN, votes(0, 6))
    assert step(held, votes(0, 6, folded_to=99)) is None
    assert step(held, OPEN) is None


def test_a_log_that_was_refilled_begins_anew_above_all_older_boards() -> None:
    held = parts(OPEN, votes(0, 1_000))
    before = made(held).seq
    assert step(held, replace(OPEN, incarnation=2, position=4)) == "r"
    assert made(held).seq > before
    assert step(held, replace(OPEN, position=999)) is None


def test_an_open_round_is_live_and_a_closed_one_provisional() -> None:
    assert made(parts(OPEN)).status == "live"
    assert made(parts(replace(OPEN, status="closed"))).status == "provisional"


def test_a_final_board_waits_until_every_partition_has_folded_past_the_end() -> None:
    held = parts(FINAL, folded_to=3)
    for partition in range(VOTE_PARTITIONS):
        assert board(held, "r") is None
        assert step(held, votes(partition, folded_to=4)) == "r"
    assert made(held).status == "final"


def test_a_straggler_after_the_end_is_counted_in_a_corrected_board() -> None:
    found = made(parts(FINAL, votes(3, 5, housing=[2, 0, 0, 0, 0])))
    assert (found.status, found.rows[0].ballots) == ("corrected", 2)


def test_a_unit_that_was_added_counts_what_was_held_of_it() -> None:
    held = parts(OPEN, votes(0, 1, baths=[2, 0, 0, 0, 0]))
    assert [row.unit for row in made(held).rows] == ["housing", "water", "roads"]
    step(held, replace(OPEN, position=4, units=[*UNITS, RankedUnit("baths", 4)]))
    assert made(held).rows[0].unit == "baths"
