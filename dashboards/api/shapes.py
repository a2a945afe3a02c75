"""What the API answers, beside the shapes of the log."""

from msgspec import Struct

from agents.reducers.rounds import VotingRound
from schemas.broadcasts import Broadcast, Door, Text
from schemas.ids import Id, Millis
from schemas.tallies import RoundStatus


class RoundStanding(Struct, frozen=True):
    """A round as it stands; times in ms UTC, null where there is none (yet)."""

    id: Id
    broadcast: Id
    title: Text
    status: RoundStatus
    board: str
    accepts: list[Door]
    minimum_ballots: int
    opens_at: Millis | None
    opened_at: Millis | None
    closes_at: Millis | None
    closed_at: Millis | None


class BroadcastSummary(Struct, frozen=True):
    """A broadcast in the list of all."""

    id: Id
    title: Text
    retired: bool


class Loaded(Struct, frozen=True):
    """What a load changed, a line each; empty when the same was loaded before."""

    id: Id
    changes: list[str]


class Config(Struct, frozen=True):
    """What a page needs to find the other doors."""

    gateway_port: int
    push_port: int
    public_host: str
    languages: list[str]


class Health(Struct, frozen=True, omit_defaults=True):
    """Whether all is well, and if not, what is wrong, in plain words."""

    ok: bool
    problems: list[str] = []


def board_of(round_id: str) -> str:
    """The id of a round's board."""
    return f"satisfaction:{round_id}"


def standing(voting_round: VotingRound) -> RoundStanding:
    """Say how a round stands."""
    definition = voting_round.definition
    return RoundStanding(
        id=voting_round.id,
        broadcast=voting_round.broadcast.id,
        title=definition.title,
        status=voting_round.status,
        board=board_of(voting_round.id),
        accepts=definition.accepts,
        minimum_ballots=definition.minimum_ballots,
        opens_at=definition.opens_at,
        opened_at=voting_round.opened_at,
        closes_at=voting_round.closes_at,
        closed_at=voting_round.closed_at,
    )


def summary(broadcast: Broadcast, retired: bool) -> BroadcastSummary:
    """A broadcast for the list."""
    return BroadcastSummary(broadcast.id, broadcast.title, retired)
