"""The fold of `broadcasts`: what is loaded, which rounds are open, since when, and final where.

The gateway judges ballots by it, the console answers from it, the rounds agent publishes it.
"""

from dataclasses import dataclass, field
from typing import Literal

from schemas.broadcasts import Broadcast, Door, Round, Unit
from schemas.facts import (
    BroadcastLoaded,
    BroadcastRetired,
    BroadcastsFact,
    CardRevoked,
    LogOpened,
    RoundClosed,
    RoundFinalised,
    RoundOpened,
)
from schemas.formulas import SatisfactionFormula
from schemas.tallies import RankedUnit, RoundStatus, RoundTally

NEVER = 1 << 62  # beyond every offset of a log: Kafka's have 63 bits, and begin at 0
OPENABLE: tuple[RoundStatus, ...] = ("loaded", "closed")
Refusal = Literal["unknown_round", "unknown_unit", "round_not_open", "door_not_accepted"]


@dataclass(slots=True)
class VotingRound:
    """A round as it stands: its definition, status, the times it was open, the log behind it."""

    definition: Round
    broadcast: Broadcast
    units: dict[str, Unit]
    formula: SatisfactionFormula
    status: RoundStatus = "loaded"
    closes_at: int | None = None
    spells: list[tuple[int, int | None]] = field(default_factory=list)
    closed_at: int | None = None
    votes_from: dict[str, int] | None = None
    final_positions: dict[str, int] | None = None
    position: int = 0
    at: int = 0

    @property
    def id(self) -> str:
        """The round's id."""
        return self.definition.id

    @property
    def opened_at(self) -> int | None:
        """When it was opened last, ms; None when it never was."""
        return self.spells[-1][0] if self.spells else None

    def is_open(self, at: int) -> bool:
        """Whether it takes ballots at a time (ms), by its status and by `closes_at`."""
        return self.status == "open" and (self.closes_at is None or at < self.closes_at)

    def was_open(self, at: int) -> bool:
        """Whether a ballot made at a time (ms) was in time, whatever the status is now."""
        return any(
            opened <= at and (closed is None or at < closed) for opened, closed in self._ends()
        )

    def _ends(self) -> list[tuple[int, int | None]]:
        if self.closes_at is None:
            return self.spells
        limit = self.closes_at
        return [(opened, limit if end is None else min(end, limit)) for opened, end in self.spells]

    def tally(self, incarnation: int) -> RoundTally:
        """The definition and status, as a part of the round's board."""
        return RoundTally(
            round=self.id,
            broadcast=self.broadcast.id,
            title=self.definition.title,
            units=[RankedUnit(unit.id, unit.number) for unit in self.units.values()],
            formula=self.formula,
            minimum_ballots=self.definition.minimum_ballots,
            accepts=self.definition.accepts,
            status=self.status,
            closes_at=self.closes_at,
            final_positions=self.final_positions,
            incarnation=incarnation,
            position=self.position,
            at=self.at,
        )


@dataclass(slots=True)
class Broadcasts:
    """Everything that `broadcasts` said so far; `folded_to` is the next offset to fold."""

    broadcasts: dict[str, Broadcast] = field(default_factory=dict)
    retired: set[str] = field(default_factory=set)
    retired_rounds: set[str] = field(default_factory=set)
    rounds: dict[str, VotingRound] = field(default_factory=dict)
    incarnation: int = 0
    folded_to: int = 0

    def open_rounds(self, at: int) -> list[VotingRound]:
        """The rounds that take ballots at a time (ms), the one opened last first."""
        found = [entry for entry in self.rounds.values() if entry.is_open(at)]
        return sorted(found, key=lambda entry: (entry.opened_at or 0, entry.position), reverse=True)

    def round_open_at(self, at: int, door: Door) -> VotingRound | None:
        """The round that was open at a ballot's own time (ms); of several, the one opened last."""
        found = [
            entry
            for entry in self.rounds.values()
            if entry.was_open(at) and door in entry.definition.accepts
        ]
        return max(found, key=lambda entry: (entry.opened_at or 0, entry.position), default=None)

    def judge(self, round_id: str, unit_id: str, door: Door, at: int) -> Refusal | None:
        """Say why a ballot is refused that arrives by a door at a time (ms), or None."""
        voting_round = self.rounds.get(round_id)
        if voting_round is None:
            return "unknown_round"
        if unit_id not in voting_round.units:
            return "unknown_unit"
        if not voting_round.is_open(at):
            return "round_not_open"
        if door not in voting_round.definition.accepts:
            return "door_not_accepted"
        return None

    def votes_from(self) -> dict[int, int]:
        """Where to start folding each partition of `votes`: at the oldest round not retired."""
        starts: dict[int, int] = {}
        for voting_round in self.rounds.values():
            for partition, offset in (voting_round.votes_from or {}).items():
                number = int(partition)
                starts[number] = min(offset, starts.get(number, offset))
        return starts

    def counts_from(self, partition: int) -> dict[str, int]:
        """From which offset of a partition of `votes` each round counts; a retired one never."""
        starts = {
            entry.id: (entry.votes_from or {}).get(str(partition), 0)
            for entry in self.rounds.values()
        }
        return dict.fromkeys(self.retired_rounds, NEVER) | starts


def step(state: Broadcasts, offset: int, fact: BroadcastsFact | None) -> list[str]:
    """Fold one message of `broadcasts`; None is one that could not be read.

    An offset that was folded before changes nothing.

    Returns:
        The ids of the rounds that it touched.
    """
    if offset < state.folded_to:
        return []
    state.folded_to = offset + 1
    touched = _fold(state, fact)
    for round_id in touched:
        voting_round = state.rounds[round_id]
        voting_round.position = offset + 1
        voting_round.at = max(voting_round.at, fact.at if fact else 0)
    return touched


def _fold(state: Broadcasts, fact: BroadcastsFact | None) -> list[str]:
    match fact:
        case LogOpened():
            state.incarnation = max(state.incarnation, fact.incarnation)
            for voting_round in state.rounds.values():
                voting_round.votes_from = _within(voting_round.votes_from, fact.votes_to)
                voting_round.final_positions = _within(voting_round.final_positions, fact.votes_to)
            return list(state.rounds)
        case BroadcastLoaded(broadcast=broadcast):
            return _load(state, broadcast)
        case BroadcastRetired(broadcast=broadcast_id):
            state.retired.add(broadcast_id)
            for round_id in _rounds_of(state, broadcast_id):
                del state.rounds[round_id]
                state.retired_rounds.add(round_id)
            return []
        case RoundOpened() | RoundClosed() | RoundFinalised():
            voting_round = state.rounds.get(fact.round)
            return [fact.round] if voting_round and _turn(voting_round, fact) else []
        case CardRevoked() | None:
            return []


def _within(positions: dict[str, int] | None, ends: dict[str, int] | None) -> dict[str, int] | None:
    if positions is None or ends is None:
        return positions
    return {number: min(at, ends.get(number, at)) for number, at in positions.items()}


def _rounds_of(state: Broadcasts, broadcast_id: str) -> list[str]:
    return [key for key, entry in state.rounds.items() if entry.broadcast.id == broadcast_id]


def _load(state: Broadcasts, broadcast: Broadcast) -> list[str]:
    if broadcast.id in state.retired:
        return []
    state.broadcasts[broadcast.id] = broadcast
    _drop_removed(state, broadcast)
    for definition in broadcast.rounds:
        formula = broadcast.formula(definition.formula)
        if not isinstance(formula, SatisfactionFormula):
            continue
        units = {unit.id: unit for unit in broadcast.units_of(definition)}
        held = state.rounds.get(definition.id)
        if held is None:
            state.rounds[definition.id] = VotingRound(
                definition, broadcast, units, formula, closes_at=definition.closes_at
            )
            state.retired_rounds.discard(definition.id)
            continue
        if held.broadcast.id == broadcast.id:
            if held.definition.closes_at != definition.closes_at:
                held.closes_at = definition.closes_at
            held.definition, held.broadcast = definition, broadcast
            held.units, held.formula = units, formula
    return _rounds_of(state, broadcast.id)


def _drop_removed(state: Broadcasts, broadcast: Broadcast) -> None:
    """A round that was never opened goes with its definition; one with votes stays."""
    named = {definition.id for definition in broadcast.rounds}
    for round_id in _rounds_of(state, broadcast.id):
        if round_id not in named and state.rounds[round_id].status == "loaded":
            del state.rounds[round_id]


def _turn(entry: VotingRound, fact: RoundOpened | RoundClosed | RoundFinalised) -> bool:
    match fact:
        case RoundOpened() if entry.status in (("loaded",) if fact.scheduled else OPENABLE):
            entry.status = "open"
            entry.closes_at = fact.closes_at
            entry.votes_from = entry.votes_from or fact.votes_from
            entry.spells.append((fact.at, None))
            return True
        case RoundClosed() if entry.status == "open" and _may_close(entry, fact):
            entry.status = "closed"
            entry.closed_at = fact.at
            entry.spells[-1] = (entry.spells[-1][0], fact.at)
            return True
        case RoundFinalised() if entry.status == "closed" and fact.closed_at in (
            None,
            entry.closed_at,
        ):
            entry.status = "finalised"
            entry.final_positions = fact.positions
            return True
        case _:
            return False


def _may_close(entry: VotingRound, fact: RoundClosed) -> bool:
    """The schedule closes only a round whose time has come, not one opened again since."""
    return not fact.scheduled or (entry.closes_at is not None and entry.closes_at <= fact.at)
