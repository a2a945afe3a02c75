"""Facts of the topic `broadcasts`: what was loaded, opened, closed and made final, by whom, when.

`at` is ms UTC. `by` names the role and the token's id (`operator:k3v9`), or the agent.
Positions are next offsets, by partition number written as a string.
"""

from typing import Annotated

from msgspec import Meta, Struct

from schemas.broadcasts import Broadcast
from schemas.ids import Id, Millis

PartitionNumber = Annotated[str, Meta(pattern="^[0-9]{1,6}$")]
Offsets = dict[PartitionNumber, Annotated[int, Meta(ge=0)]]


class Fact(Struct, frozen=True, tag_field="type", kw_only=True):
    """What every fact of `broadcasts` has."""

    at: Millis
    by: str = ""


class LogOpened(Fact, frozen=True, tag="log_opened"):
    """A log began, or was refilled: the next incarnation; boards of an older one are older.

    `votes_to` are the end offsets of `votes` after a refill. It may fall short of the log that was
    lost, so no position of `votes` that an older fact names is taken to lie beyond it.
    """

    incarnation: int
    votes_to: Offsets | None = None


class BroadcastLoaded(Fact, frozen=True, tag="broadcast_loaded"):
    """A broadcast was loaded, or loaded anew with changes; `changes` says which, for people."""

    broadcast: Broadcast
    changes: list[str] = []


class RoundOpened(Fact, frozen=True, tag="round_opened"):
    """Voting began; `votes_from` are the end offsets of `votes` then.

    One that is `scheduled` counts only for a round that was never opened.
    """

    round: Id
    votes_from: Offsets
    closes_at: Millis | None = None
    scheduled: bool = False


class RoundClosed(Fact, frozen=True, tag="round_closed"):
    """Voting ended; it may be opened again until it is final.

    One that is `scheduled` counts only once the round's `closes_at` has come.
    """

    round: Id
    scheduled: bool = False


class RoundFinalised(Fact, frozen=True, tag="round_finalised"):
    """What counts is settled: the ballots before these positions of `votes`. The first one wins.

    `closed_at` names the close that it settles: after another one it comes too late.
    """

    round: Id
    positions: Offsets
    closed_at: Millis | None = None


class BroadcastRetired(Fact, frozen=True, tag="broadcast_retired"):
    """A broadcast is history: its rounds are no longer folded."""

    broadcast: Id


class CardRevoked(Fact, frozen=True, tag="card_revoked"):
    """An evaluator's card is taken back: none that was issued before this time (ms) is good."""

    broadcast: Id
    evaluator: Id
    issued_before: Millis


BroadcastsFact = (
    LogOpened
    | BroadcastLoaded
    | RoundOpened
    | RoundClosed
    | RoundFinalised
    | BroadcastRetired
    | CardRevoked
)
