from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from agents.reducers.worker.pace import Pace


def test_the_first_change_is_said_at_once() -> None:
    pace: Pace[str] = Pace(200, 5_000)
    pace.owe("a", 1_000)
    assert pace.take(1_000) == ["a"]


def test_a_change_right_after_waits_for_the_interval() -> None:
    pace: Pace[str] = Pace(200, 5_000)
    pace.owe("a", 1_000)
    pace.take(1_000)
    pace.owe("a", 1_010)
    assert (pace.take(1_199), pace.next_at(), pace.take(1_200)) == ([], 1_200, ["a"])


def test_an_urgent_change_does_not_wait() -> None:
    pace: Pace[str] = Pace(200, 5_000)
    pace.owe("a", 1_000)
    pace.take(1_000)
    pace.owe("a", 1_010)
    pace.owe("a", 1_020, urgent=True)
    assert pace.take(1_020) == ["a"]


def test_what_was_said_is_said_again_although_nothing_changed() -> None:
    pace: Pace[str] = Pace(200, 5_000)
    pace.owe("a", 1_000)
    pace.take(1_000)
    assert (pace.take(5_999), pace.take(6_000), pace.next_at()) == ([], ["a"], 11_000)


def test_what_is_forgotten_is_not_said_again() -> None:
    pace: Pace[str] = Pace(200, 5_000)
    pace.owe("a", 1_000)
    pace.take(1_000)
    pace.forget("a")
    assert (pace.take(99_000), pace.next_at()) == ([], None)


def test_those_that_came_due_first_are_said_first() -> None:
    pace: Pace[str] = Pace(0, 5_000)
    pace.owe("b", 20)
    pace.owe("a", 10)
    assert pace.take(30) == ["a", "b"]


@given(st.integers(0, 1 << 32))
def test_every_change_is_said_within_the_interval_and_no_two_words_are_closer(seed: int) -> None:
    chance = Random(seed)
    pace: Pace[str] = Pace(20, 5_000)
    changes = {chance.randrange(200) for _ in range(chance.randrange(20))}
    said: list[int] = []
    for tick in range(220):
        if tick in changes:
            pace.owe("a", tick)
        said += [tick] * len(pace.take(tick))
    assert all(any(change <= at <= change + 20 for at in said) for change in changes)
    assert all(later - earlier >= 20 for earlier, later in pairwise(said))


def test_what_is_due_soon_goes_along_and_only_then() -> None:
    pace: Pace[str] = Pace(100, 5_000, 25)
    pace.owe("a", 1_000)
    pace.owe("b", 1_020)
    pace.owe("c", 1_040)
    assert pace.take(999) == []
    assert pace.take(1_000) == ["a", "b"]
    assert pace.owe("b", 1_030) == 1_100
    assert pace.take(1_040) == ["c"]
