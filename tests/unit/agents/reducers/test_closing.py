from agents.reducers.closing import Closings, due, hear, next_at
from agents.reducers.rounds import VotingRound
from schemas.broadcasts import Broadcast, Round, Text
from schemas.formulas import SATISFACTION_V1
from schemas.tallies import RoundStatus

COUNTY = Broadcast("county", Text(en="County"))
ROUND = Round("r", Text(en="R"))


def a_round(status: RoundStatus, closed_at: int | None = 500) -> VotingRound:
    return VotingRound(ROUND, COUNTY, {}, SATISFACTION_V1, status, closed_at=closed_at)


def test_a_closed_round_is_due_two_seconds_after_its_close_was_heard_of() -> None:
    state = Closings()
    hear(state, a_round("closed"), 10_000)
    assert (due(state, 11_999), next_at(state), due(state, 12_000)) == ([], 12_000, ["r"])


def test_hearing_of_the_same_close_again_does_not_put_it_off() -> None:
    state = Closings()
    hear(state, a_round("closed"), 10_000)
    hear(state, a_round("closed"), 11_000)
    assert due(state, 12_000) == ["r"]


def test_a_round_that_reopens_is_not_due() -> None:
    state = Closings()
    hear(state, a_round("closed"), 10_000)
    hear(state, a_round("open"), 11_000)
    assert (due(state, 99_000), next_at(state)) == ([], None)


def test_another_close_begins_another_wait() -> None:
    state = Closings()
    hear(state, a_round("closed", 500), 10_000)
    hear(state, a_round("closed", 700), 11_500)
    assert (due(state, 13_000), due(state, 13_500)) == ([], ["r"])


def test_a_round_is_due_again_until_it_is_heard_to_be_final() -> None:
    state = Closings()
    hear(state, a_round("closed"), 10_000)
    assert (due(state, 12_000), due(state, 13_999), due(state, 14_000)) == (["r"], [], ["r"])
    hear(state, a_round("finalised"), 14_100)
    assert due(state, 99_000) == []
