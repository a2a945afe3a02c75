import pytest

from agents.reducers.rounds import Broadcasts, step
from schemas.ballots import Choice
from schemas.broadcasts import Broadcast, Door, Round, Text, Unit
from schemas.facts import BroadcastLoaded, BroadcastsFact, RoundClosed, RoundOpened
from streams.gateway.judging import judge
from streams.gateway.votes import Vote

OPENED, CLOSED, NOW = 1_000, 5_000, 3_000
UNITS = [Unit("housing", 1, "department", Text("住建")), Unit("water", 2, "department", Text("水"))]


def evening(*facts: BroadcastsFact, closes_at: int | None = None) -> Broadcasts:
    rounds = [
        Round("open", Text("o"), units=["housing"]),
        Round("partners", Text("p"), accepts=["partner"]),
        Round("loaded", Text("l")),
    ]
    state = Broadcasts()
    first = [
        BroadcastLoaded(at=0, broadcast=Broadcast("b", Text("b"), units=UNITS, rounds=rounds)),
        RoundOpened(at=OPENED, round="open", votes_from={}, closes_at=closes_at),
        RoundOpened(at=OPENED, round="partners", votes_from={}),
    ]
    for offset, fact in enumerate([*first, *facts]):
        step(state, offset, fact)
    return state


def vote(round_id: str = "open", unit: str = "housing", created_at: int = NOW) -> Vote:
    return Vote(round_id, unit, Choice.AVERAGE, "v", created_at)


def judged(
    state: Broadcasts, *votes: Vote, door: Door = "partner", now: int = NOW
) -> tuple[int, str, int | None, str | None] | None:
    refused = judge(state, door, votes, now)
    return refused and (refused.status, refused.reason, refused.item, refused.field)


def test_ballots_of_an_open_round_are_taken() -> None:
    assert judged(evening(), vote(), vote("partners", "water")) is None


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        (vote("nowhere"), (400, "unknown_round", 1, "round")),
        (vote("open", "nobody"), (400, "unknown_unit", 1, "unit")),
        (vote("open", "water"), (400, "unknown_unit", 1, "unit")),
        (vote("loaded"), (403, "round_not_open", 1, "round")),
    ],
)
def test_the_first_ballot_at_fault_is_named(bad: Vote, expected: tuple[int, str, int, str]) -> None:
    assert judged(evening(), vote(), bad, vote("nowhere")) == expected


def test_a_round_refuses_the_doors_that_it_does_not_name() -> None:
    refused = judged(evening(), vote("partners", "water"), door="wechat")
    assert refused == (403, "door_not_accepted", 0, "round")


def test_a_round_ends_at_its_time_even_before_anyone_says_so() -> None:
    state = evening(closes_at=CLOSED)
    assert judged(state, vote(), now=CLOSED - 1) is None
    assert judged(state, vote(), now=CLOSED) == (403, "round_not_open", 0, "round")


@pytest.mark.parametrize("is_said", [True, False])
def test_wechat_may_bring_what_was_written_in_time(is_said: bool) -> None:
    state = evening(*[RoundClosed(at=CLOSED, round="open")][:is_said], closes_at=CLOSED)
    written_in_time, written_late = vote(created_at=CLOSED - 1), vote(created_at=CLOSED)
    assert judged(state, written_in_time, door="wechat", now=CLOSED + 900) is None
    assert judged(state, written_late, door="wechat", now=CLOSED + 900) is not None
    assert judged(state, written_in_time, door="partner", now=CLOSED + 900) is not None


def test_what_wechat_brings_late_must_still_be_for_a_door_and_a_unit_of_the_round() -> None:
    closed = RoundClosed(at=CLOSED, round="partners")
    state = evening(closed)
    in_time, later = vote("partners", "water", CLOSED - 1), CLOSED + 900
    refused = judged(state, in_time, door="wechat", now=later)
    assert refused == (403, "round_not_open", 0, "round")
    assert judged(state, vote("open", "water"), door="wechat", now=later) is not None
