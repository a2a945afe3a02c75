from random import Random

from hypothesis import given
from hypothesis import strategies as st

from agents.reducers.tally import PartitionTally, limit, skip_to, step
from schemas.ballots import Row

WEB = "web"


def frame(*ballots: tuple[str, str, int, int, int]) -> list[Row]:
    return [(*ballot, WEB) for ballot in ballots]


def test_a_voters_later_ballot_on_a_unit_replaces_the_earlier_one() -> None:
    tally = PartitionTally(0)
    step(tally, 0, 10, frame(("r", "housing", 7, 0, 100)))
    step(tally, 1, 11, frame(("r", "housing", 7, 3, 101)))
    assert tally.tally("r").counts == {"housing": [0, 0, 0, 1, 0]}


def test_a_late_retry_of_an_old_ballot_does_not_undo_a_newer_choice() -> None:
    tally = PartitionTally(0)
    step(tally, 0, 10, frame(("r", "housing", 7, 3, 200)))
    step(tally, 1, 11, frame(("r", "housing", 7, 0, 100)))
    assert tally.tally("r").counts == {"housing": [0, 0, 0, 1, 0]}


def test_of_two_ballots_of_one_time_the_later_in_the_log_counts() -> None:
    tally = PartitionTally(0)
    step(tally, 0, 10, frame(("r", "housing", 7, 0, 100), ("r", "housing", 7, 1, 100)))
    step(tally, 1, 10, frame(("r", "housing", 7, 2, 100)))
    assert tally.tally("r").counts == {"housing": [0, 0, 1, 0, 0]}


def test_a_frame_that_was_folded_before_changes_nothing() -> None:
    tally = PartitionTally(0)
    assert step(tally, 5, 10, frame(("r", "housing", 7, 0, 100)))
    before = tally.tally("r")
    assert not step(tally, 5, 99, frame(("r", "housing", 8, 4, 300)))
    assert tally.tally("r") == before


def test_a_rounds_position_is_behind_the_last_frame_that_touched_it() -> None:
    tally = PartitionTally(3)
    step(tally, 4, 10, frame(("a", "housing", 1, 0, 1)))
    step(tally, 5, 12, frame(("b", "housing", 1, 0, 1)))
    skip_to(tally, 7)
    said = tally.tally("a")
    assert (said.partition, said.position, said.folded_to, said.at) == (3, 5, 7, 10)


def test_a_round_without_ballots_has_a_tally_too() -> None:
    tally = PartitionTally(3, folded_to=9)
    said = tally.tally("r")
    assert (said.counts, said.position, said.folded_to, said.at) == ({}, 0, 9, 0)


def test_a_round_that_was_never_heard_of_is_counted() -> None:
    tally = PartitionTally(0, counts_from={"other": 3})
    step(tally, 0, 1, frame(("r", "housing", 7, 0, 100)))
    assert tally.tally("r").counts == {"housing": [1, 0, 0, 0, 0]}


def test_what_lies_before_the_start_of_a_round_does_not_count_for_it() -> None:
    tally = PartitionTally(0, counts_from={"r": 2})
    for offset in range(4):
        step(tally, offset, offset, frame(("r", "housing", offset, 0, 1)))
    assert tally.tally("r").counts == {"housing": [2, 0, 0, 0, 0]}


def test_a_round_that_counts_no_longer_is_let_go() -> None:
    tally = PartitionTally(0)
    step(tally, 0, 1, frame(("old", "housing", 1, 0, 1), ("new", "housing", 1, 0, 1)))
    limit(tally, {"old": 1 << 62, "new": 0})
    step(tally, 1, 2, frame(("old", "housing", 2, 0, 1)))
    assert (list(tally.rounds), tally.ballots()) == (["new"], 1)


@given(st.integers(0, 1 << 32))
def test_counts_are_those_of_a_recount_wherever_the_fold_was_broken_off(seed: int) -> None:
    chance = Random(seed)
    frames = [some_ballots(chance) for _ in range(chance.randrange(9))]
    tally = PartitionTally(0)
    for offset, ballots in enumerate(frames[: chance.randrange(9)]):
        step(tally, offset, offset, frame(*ballots))
    for offset, ballots in enumerate(frames):
        step(tally, offset, offset, frame(*ballots))
    for round_id in ("r1", "r2"):
        said = tally.tally(round_id)
        assert (said.counts, said.folded_to) == (recount(frames, round_id), len(frames))


def some_ballots(chance: Random) -> list[tuple[str, str, int, int, int]]:
    """Few voters, units and times, so that they meet."""
    number = chance.randrange
    return [
        (f"r{number(1, 3)}", f"u{number(1, 3)}", number(4), number(5), number(5))
        for _ in range(number(5))
    ]


def recount(
    frames: list[list[tuple[str, str, int, int, int]]], wanted: str
) -> dict[str, list[int]]:
    """Sort every ballot by its time and place, let each overwrite the one before, then count."""
    rows = [
        (created_at, offset, item, unit, voter, choice)
        for offset, ballots in enumerate(frames)
        for item, (round_id, unit, voter, choice, created_at) in enumerate(ballots)
        if round_id == wanted
    ]
    latest = {(unit, voter): choice for _, _, _, unit, voter, choice in sorted(rows)}
    counts = {unit: [0] * 5 for unit, _ in latest}
    for (unit, _), choice in latest.items():
        counts[unit][choice] += 1
    return counts
