"""Which rounds are to be opened or closed at a time."""

import pytest

from agents.reducers.rounds import Broadcasts, step
from dashboards.api.rounds.schedule import due
from schemas.broadcasts import Broadcast, Round, Text, Unit
from schemas.facts import BroadcastLoaded, BroadcastsFact, RoundClosed, RoundOpened

WATER = Unit("water", 1, "department", Text(en="Water"))


def at(now: int, *facts: BroadcastsFact, opens_at: int | None, closes_at: int | None) -> list[str]:
    happy = Round("happy", Text(en="How happy"), opens_at=opens_at, closes_at=closes_at)
    county = Broadcast("county", Text(en="County"), units=[WATER], rounds=[happy])
    state = Broadcasts()
    for offset, fact in enumerate((BroadcastLoaded(at=0, broadcast=county), *facts)):
        step(state, offset, fact)
    return [act for _, act in due(state, now)]


@pytest.mark.parametrize(
    ("now", "acts"), [(99, []), (100, ["open"]), (499, ["open"]), (500, []), (900, [])]
)
def test_a_round_that_was_never_opened_opens_within_its_time(now: int, acts: list[str]) -> None:
    assert at(now, opens_at=100, closes_at=500) == acts


@pytest.mark.parametrize(("now", "acts"), [(499, []), (500, ["close"]), (900, ["close"])])
def test_an_open_round_closes_at_its_time(now: int, acts: list[str]) -> None:
    opened = RoundOpened(at=100, round="happy", votes_from={}, closes_at=500)
    assert at(now, opened, opens_at=100, closes_at=500) == acts


def test_without_times_nothing_happens_by_itself() -> None:
    opened = RoundOpened(at=100, round="happy", votes_from={})
    assert at(10**12, opens_at=None, closes_at=None) == []
    assert at(10**12, opened, opens_at=None, closes_at=None) == []


def test_what_was_closed_is_left_alone() -> None:
    opened = RoundOpened(at=100, round="happy", votes_from={}, closes_at=500)
    closed = RoundClosed(at=200, round="happy")
    assert at(300, opened, closed, opens_at=100, closes_at=500) == []
    assert at(600, opened, closed, opens_at=100, closes_at=500) == []
