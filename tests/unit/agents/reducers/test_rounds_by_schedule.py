"""What the schedule does never overrules what an operator did by hand, however late it comes."""

from msgspec.structs import replace

from agents.reducers.rounds import Broadcasts, step
from schemas.broadcasts import Broadcast, Round, Text, Unit
from schemas.facts import BroadcastLoaded, BroadcastsFact, RoundClosed, RoundOpened
from schemas.tallies import RoundStatus

HAPPY = Round("happy", Text(en="How happy"), opens_at=100, closes_at=500)
WATER = Unit("water", 1, "department", Text(en="Water"))
COUNTY = Broadcast("county", Text(en="County"), units=[WATER], rounds=[HAPPY])


def folded(*facts: BroadcastsFact) -> Broadcasts:
    state = Broadcasts()
    for offset, fact in enumerate((BroadcastLoaded(at=0, broadcast=COUNTY), *facts)):
        step(state, offset, fact)
    return state


def status(*facts: BroadcastsFact) -> RoundStatus:
    return folded(*facts).rounds["happy"].status


def opened(at: int, *, scheduled: bool = False, closes_at: int | None = 500) -> RoundOpened:
    return RoundOpened(
        at=at, round="happy", votes_from={}, closes_at=closes_at, scheduled=scheduled
    )


def closed(at: int, *, scheduled: bool = False) -> RoundClosed:
    return RoundClosed(at=at, round="happy", scheduled=scheduled)


def test_the_schedule_opens_and_closes_a_round() -> None:
    assert status(opened(100, scheduled=True)) == "open"
    assert status(opened(100, scheduled=True), closed(500, scheduled=True)) == "closed"


def test_a_second_console_that_says_the_same_changes_nothing() -> None:
    once = folded(opened(100, scheduled=True))
    twice = folded(opened(100, scheduled=True), opened(101, scheduled=True))
    assert twice.rounds["happy"].spells == once.rounds["happy"].spells


def test_the_schedule_never_opens_again_what_was_closed_by_hand() -> None:
    assert status(opened(100), closed(150), opened(151, scheduled=True)) == "closed"
    assert status(opened(100), closed(150), opened(151)) == "open"


def test_the_schedule_never_closes_what_was_opened_again_by_hand() -> None:
    again = (opened(100), closed(500), opened(510, closes_at=None))
    assert status(*again, closed(511, scheduled=True)) == "open"
    assert status(*again, closed(511)) == "closed"


def test_a_round_that_was_never_opened_goes_with_its_definition() -> None:
    without = BroadcastLoaded(at=1, broadcast=replace(COUNTY, rounds=[]))
    assert folded(without).rounds == {}
    assert status(opened(100), without) == "open"
