"""When a closed round becomes final: some time after its close was heard of, unless it reopens."""

from dataclasses import dataclass, field

from agents.reducers.rounds import VotingRound

# A gateway that has not heard from the log for 2 s takes no ballot (SILENT_S of
# streams.gateway.health): by now each has heard of the close, or has stopped taking any
FINAL_AFTER_MS = 2_000


@dataclass(slots=True)
class Closing:
    """One close of a round: the fact's own time, and when its end is to be settled."""

    closed_at: int
    due_at: int


@dataclass(slots=True)
class Closings:
    """The rounds that are closed and not final yet."""

    waiting: dict[str, Closing] = field(default_factory=dict)


def hear(state: Closings, voting_round: VotingRound, now: int) -> None:
    """Take a round as it stands now (ms, any steady clock).

    The wait begins when the close is heard of, so no clock is compared with another machine's, and
    a worker that starts in between waits the whole time again.
    """
    held = state.waiting.get(voting_round.id)
    if voting_round.status != "closed" or voting_round.closed_at is None:
        state.waiting.pop(voting_round.id, None)
    elif held is None or held.closed_at != voting_round.closed_at:
        closing = Closing(voting_round.closed_at, now + FINAL_AFTER_MS)
        state.waiting[voting_round.id] = closing


def due(state: Closings, now: int) -> list[str]:
    """The rounds to settle now; each is due again until it is heard to be final."""
    rounds = [key for key, closing in state.waiting.items() if closing.due_at <= now]
    for round_id in rounds:
        state.waiting[round_id].due_at = now + FINAL_AFTER_MS
    return rounds


def next_at(state: Closings) -> int | None:
    """When a round is to be settled next, or None."""
    return min((closing.due_at for closing in state.waiting.values()), default=None)
