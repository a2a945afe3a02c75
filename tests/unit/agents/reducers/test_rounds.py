from msgspec.structs import replace

from agents.reducers.rounds import NEVER, Broadcasts, step
from schemas.broadcasts import Broadcast, Round, Text, Unit
from schemas.facts import (
    BroadcastLoaded,
    BroadcastRetired,
    BroadcastsFact,
    LogOpened,
    RoundClosed,
    RoundFinalised,
    RoundOpened,
)

WATER = Unit("water", 1, "department", Text(en="Water"))
ROADS = Unit("roads", 2, "department", Text(en="Roads"))
ROUND = Round("r", Text(en="R"), accepts=["web", "wechat"])
COUNTY = Broadcast("county", Text(en="County"), units=[WATER], rounds=[ROUND])
LOADED = BroadcastLoaded(at=1, broadcast=COUNTY)


def opened(at: int, closes_at: int | None = None, **votes_from: int) -> RoundOpened:
    places = {name.removeprefix("p"): offset for name, offset in votes_from.items()}
    return RoundOpened(at=at, round="r", votes_from=places, closes_at=closes_at)


def closed(at: int) -> RoundClosed:
    return RoundClosed(at=at, round="r")


def finalised(at: int, end: int, closed_at: int | None = None) -> RoundFinalised:
    return RoundFinalised(at=at, round="r", positions={"0": end}, closed_at=closed_at)


def folded(*facts: BroadcastsFact | None) -> Broadcasts:
    state = Broadcasts()
    for offset, fact in enumerate(facts):
        step(state, offset, fact)
    return state


def test_a_round_takes_ballots_from_its_opening_to_its_close() -> None:
    assert folded(LOADED).judge("r", "water", "web", 5) == "round_not_open"
    assert folded(LOADED, opened(4)).judge("r", "water", "web", 5) is None
    assert folded(LOADED, opened(4), closed(6)).judge("r", "water", "web", 7) == "round_not_open"


def test_a_round_that_closes_by_the_clock_needs_no_fact_for_it() -> None:
    state = folded(LOADED, opened(4, closes_at=10))
    assert state.judge("r", "water", "web", 9) is None
    assert state.judge("r", "water", "web", 10) == "round_not_open"


def test_what_is_not_known_or_not_accepted_is_refused() -> None:
    state = folded(LOADED, opened(4))
    assert state.judge("x", "water", "web", 5) == "unknown_round"
    assert state.judge("r", "roads", "web", 5) == "unknown_unit"
    assert state.judge("r", "water", "partner", 5) == "door_not_accepted"


def test_a_fact_that_was_folded_before_changes_nothing() -> None:
    state = folded(LOADED, opened(4))
    assert step(state, 0, BroadcastRetired(at=9, broadcast="county")) == []
    assert list(state.rounds) == ["r"]


def test_a_message_that_cannot_be_read_is_passed_over() -> None:
    state = folded(LOADED, None, opened(4))
    assert (state.folded_to, state.rounds["r"].status) == (3, "open")


def test_the_first_final_word_wins() -> None:
    state = folded(LOADED, opened(4), closed(6), finalised(8, 30), finalised(9, 40))
    assert state.rounds["r"].final_positions == {"0": 30}


def test_a_round_that_reopened_is_not_final() -> None:
    state = folded(LOADED, opened(4), closed(6), opened(7), finalised(8, 30))
    assert (state.rounds["r"].status, state.rounds["r"].final_positions) == ("open", None)


def test_a_final_word_on_an_earlier_close_comes_too_late() -> None:
    state = folded(LOADED, opened(4), closed(6), opened(7), closed(9), finalised(10, 30, 6))
    assert state.rounds["r"].status == "closed"
    step(state, 6, finalised(11, 40, 9))
    assert state.rounds["r"].final_positions == {"0": 40}


def test_a_final_round_is_not_opened_again() -> None:
    state = folded(LOADED, opened(4), closed(6), finalised(8, 30), opened(9))
    assert state.rounds["r"].status == "finalised"


def test_a_round_counts_from_its_first_opening() -> None:
    state = folded(LOADED, opened(4, p0=100, p1=7), closed(5), opened(6, p0=200, p1=9))
    assert state.votes_from() == {0: 100, 1: 7}
    assert state.counts_from(0) == {"r": 100}


def test_a_retired_round_counts_no_more() -> None:
    state = folded(LOADED, opened(4, p0=100), BroadcastRetired(at=5, broadcast="county"))
    assert (state.votes_from(), state.counts_from(0), state.rounds) == ({}, {"r": NEVER}, {})


def test_a_broadcast_that_was_retired_is_not_loaded_again() -> None:
    state = folded(LOADED, BroadcastRetired(at=5, broadcast="county"), LOADED)
    assert state.rounds == {}


def test_whatever_changes_a_round_moves_its_position() -> None:
    more = replace(COUNTY, units=[WATER, ROADS])
    state = folded(LOADED, opened(4), None, BroadcastLoaded(at=9, broadcast=more))
    held = state.rounds["r"].tally(1)
    assert (held.position, held.at, [unit.id for unit in held.units]) == (4, 9, ["water", "roads"])
    assert step(state, 4, LogOpened(at=10, incarnation=2)) == ["r"]
    assert (state.rounds["r"].position, state.incarnation) == (5, 2)


def test_positions_that_a_refill_lost_are_taken_back_to_its_end() -> None:
    lost = LogOpened(at=10, incarnation=2, votes_to={"0": 90, "1": 50})
    state = folded(LOADED, opened(4, p0=100, p1=7), closed(5), finalised(8, 120), lost)
    assert state.votes_from() == {0: 90, 1: 7}
    assert state.rounds["r"].final_positions == {"0": 90}


def test_a_ballot_belongs_to_the_round_that_was_open_at_its_own_time() -> None:
    state = folded(LOADED, opened(4), closed(6), opened(8))
    assert [state.round_open_at(at, "web") is not None for at in (3, 4, 6, 7, 8)] == [
        False,
        True,
        False,
        False,
        True,
    ]
