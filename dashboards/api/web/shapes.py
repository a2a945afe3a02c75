"""What the API answers, beside the shapes of the log."""

from typing import Annotated

from msgspec import Meta, Struct

from agents.reducers.round_board import board_name
from agents.reducers.rounds import Broadcasts, VotingRound
from schemas.broadcasts import (
    Broadcast,
    Door,
    Evaluator,
    Group,
    Lang,
    Panel,
    Round,
    Slot,
    Text,
    Unit,
)
from schemas.formulas import Formula
from schemas.ids import Id, Millis
from schemas.tallies import RoundStatus

Port = Annotated[int, Meta(ge=1, le=65_535)]


class RoundStanding(Struct, frozen=True):
    """A round and how it stands; `units` counts them; a time is null where there is none yet."""

    id: Id
    broadcast: Id
    title: Text
    status: RoundStatus
    board: str
    units: int
    accepts: list[Door]
    minimum_ballots: int
    opens_at: Millis | None
    opened_at: Millis | None
    closes_at: Millis | None
    closed_at: Millis | None


class LoadedRound(Round, frozen=True, kw_only=True):
    """A round as the file defines it, and how it stands; of a retired broadcast, no status."""

    status: RoundStatus | None
    board: str
    opened_at: Millis | None
    closed_at: Millis | None


class LoadedBroadcast(Struct, frozen=True):
    """A broadcast as it was loaded last, and how its rounds stand."""

    id: Id
    title: Text
    retired: bool
    units: list[Unit]
    rounds: list[LoadedRound]
    groups: list[Group]
    slots: list[Slot]
    panels: list[Panel]
    evaluators: list[Evaluator]
    formulas: list[Formula]


class BroadcastSummary(Struct, frozen=True):
    """A broadcast in the list of all."""

    id: Id
    title: Text
    retired: bool


class LoadReport(Struct, frozen=True):
    """What a load changed, a line each; none when the same was loaded before."""

    id: Id
    changes: list[str]


class ConsoleSettings(Struct, frozen=True):
    """What a page needs to find the other doors; an empty `public_host` is the one it came by."""

    gateway_port: Port
    push_port: Port
    public_host: str
    languages: list[Lang]


class Time(Struct, frozen=True):
    """The time at the console when it answered."""

    now: Millis


class Health(Struct, frozen=True, omit_defaults=True):
    """Whether all is well, and if not, what is wrong, in plain words."""

    ok: bool
    problems: list[str] = []


def round_standing(entry: VotingRound) -> RoundStanding:
    """Say how a round stands."""
    definition = entry.definition
    return RoundStanding(
        id=entry.id,
        broadcast=entry.broadcast.id,
        title=definition.title,
        status=entry.status,
        board=board_name(entry.id),
        units=len(entry.units),
        accepts=definition.accepts,
        minimum_ballots=definition.minimum_ballots,
        opens_at=definition.opens_at,
        opened_at=entry.opened_at,
        closes_at=entry.closes_at,
        closed_at=entry.closed_at,
    )


def loaded_broadcast(state: Broadcasts, broadcast: Broadcast) -> LoadedBroadcast:
    """Say what was loaded, and how it stands."""
    return LoadedBroadcast(
        id=broadcast.id,
        title=broadcast.title,
        retired=broadcast.id in state.retired,
        units=broadcast.units,
        rounds=[_loaded_round(entry, state.rounds.get(entry.id)) for entry in broadcast.rounds],
        groups=broadcast.groups,
        slots=broadcast.slots,
        panels=broadcast.panels,
        evaluators=broadcast.evaluators,
        formulas=broadcast.formulas,
    )


def _loaded_round(definition: Round, entry: VotingRound | None) -> LoadedRound:
    return LoadedRound(
        id=definition.id,
        title=definition.title,
        units=definition.units,
        formula=definition.formula,
        minimum_ballots=definition.minimum_ballots,
        accepts=definition.accepts,
        opens_at=definition.opens_at,
        closes_at=entry.closes_at if entry else definition.closes_at,
        status=entry.status if entry else None,
        board=board_name(definition.id),
        opened_at=entry.opened_at if entry else None,
        closed_at=entry.closed_at if entry else None,
    )
