"""The fold of what live broadcasts stand on: `broadcasts`, `sessions`, `scores`.

The worker decides by it, the console answers from it, push shows it, the stage obeys it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec import structs

from agents.reducers import commands, live_broadcast
from agents.reducers.commands import refuse
from agents.reducers.live_broadcast import LiveBroadcast
from agents.reducers.rundown_rules import change_rundown
from agents.reducers.session import OBSERVED, Session
from schemas.boards import INCARNATION_STEP
from schemas.broadcasts import Slot
from schemas.facts import BroadcastLoaded, BroadcastRetired, BroadcastsFact, LogOpened
from schemas.scores import Marking, ScoresFact
from schemas.sessions import (
    CommandRefused,
    PresentationStarted,
    SessionCommand,
    SessionFact,
    SessionsMessage,
)

MOST_ANSWERS = 1_000
"""A console waits seconds for an answer; more commands than this are never on their way."""


class Answer(NamedTuple):
    """The fact that follows a command, and whether it had an effect."""

    fact: SessionFact
    is_effective: bool


@dataclass(slots=True)
class FoldedTo:
    """The next offset to fold of each topic."""

    broadcasts: int = 0
    sessions: int = 0
    scores: int = 0


@dataclass(slots=True)
class LiveState:
    """Every broadcast, live.

    `waiting` are the commands without an answer, in order; `answers` are the newest ones.
    """

    broadcasts: dict[str, LiveBroadcast] = field(default_factory=dict)
    waiting: dict[str, SessionCommand] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    folded_to: FoldedTo = field(default_factory=FoldedTo)
    incarnation: int = 0
    is_rehearsal: bool = False

    def slots(self, broadcast: str) -> Sequence[Slot]:
        """A broadcast's running order as it stands."""
        held = self.broadcasts.get(broadcast)
        return held.slots if held else ()

    def session(self, broadcast: str) -> Session:
        """A broadcast's session; an empty one when nothing is known of it."""
        held = self.broadcasts.get(broadcast)
        return held.session if held else Session(broadcast)

    def seq(self, broadcast: str) -> int:
        """The number of a broadcast's state: whatever changes it makes it greater."""
        held = self.broadcasts.get(broadcast)
        return self.incarnation * INCARNATION_STEP + (held.positions if held else 0)

    def decision(self, broadcast: str) -> int:
        """The number of a broadcast's last decision; what devices and screens say is none."""
        held = self.broadcasts.get(broadcast)
        return self.incarnation * INCARNATION_STEP + (held.decision if held else 0)

    def has_seen_all(self, broadcast: str, seq: int) -> bool:
        """Whether who saw the state of a number has seen every decision that is known here."""
        held = self.broadcasts.get(broadcast)
        decided_to = held.decided_to if held else 0
        return self.incarnation * INCARNATION_STEP + decided_to <= seq <= self.seq(broadcast)

    def on_air(self) -> LiveBroadcast | None:
        """The broadcast whose presentation is on, if any: there is one stage."""
        found = (held for held in self.broadcasts.values() if held.session.current is not None)
        return next(found, None)


def step_broadcasts(state: LiveState, offset: int, fact: BroadcastsFact | None) -> set[str]:
    """Fold one message of `broadcasts`; None is one that could not be read.

    Returns:
        The broadcasts that it touched.
    """
    if offset < state.folded_to.broadcasts:
        return set()
    state.folded_to.broadcasts = offset + 1
    match fact:
        case LogOpened():
            state.incarnation = max(state.incarnation, fact.incarnation)
            return set(state.broadcasts)
        case BroadcastLoaded(broadcast=broadcast):
            held = _broadcast(state, broadcast.id)
            if held.is_retired:
                return set()
            live_broadcast.load(held, offset, broadcast)
        case BroadcastRetired(broadcast=broadcast_id):
            held = _broadcast(state, broadcast_id)
            live_broadcast.retire(held, offset)
        case _:
            return set()
    held.broadcasts_position = offset + 1
    held.at = max(held.at, fact.at)
    if held.defined_at == offset + 1:
        held.decided_to = held.positions
    return {held.id}


def step_sessions(state: LiveState, offset: int, message: SessionsMessage | None) -> set[str]:
    """Fold one message of `sessions`; None is one that could not be read.

    Returns:
        The broadcasts that it touched.
    """
    if offset < state.folded_to.sessions:
        return set()
    state.folded_to.sessions = offset + 1
    if message is None:
        return set()
    held = _broadcast(state, message.broadcast)
    if isinstance(message, SessionCommand):
        if message.id not in held.session.followed:
            state.waiting[message.id] = message
        return set()
    state.waiting.pop(message.id, None)
    is_known = message.id in held.session.followed
    is_effective = _hear(state, held, offset, message)
    if not is_known and not isinstance(message, OBSERVED):
        _answer(state, message, is_effective=is_effective)
    if not is_effective and not isinstance(message, CommandRefused):
        return set()
    held.sessions_position = offset + 1
    held.at = max(held.at, message.at)
    if held.decided_at == offset + 1:
        held.decided_to = held.positions
    return {held.id}


def _hear(state: LiveState, held: LiveBroadcast, offset: int, fact: SessionFact) -> bool:
    elsewhere = state.on_air()
    if isinstance(fact, PresentationStarted) and elsewhere is not None and elsewhere is not held:
        held.session.followed.add(fact.id)
        return False
    return live_broadcast.hear(held, offset, fact)


def _answer(state: LiveState, fact: SessionFact, *, is_effective: bool) -> None:
    state.answers[fact.id] = Answer(fact, is_effective)
    while len(state.answers) > MOST_ANSWERS:
        del state.answers[next(iter(state.answers))]


def step_scores(
    state: LiveState, offset: int, fact: ScoresFact | None, marking: Marking | None = None
) -> set[str]:
    """Fold one message of `scores`; None is one that could not be read.

    `marking` is what the fact seals, or None for who does not open marks.

    Returns:
        The broadcasts that it touched.
    """
    if offset < state.folded_to.scores:
        return set()
    state.folded_to.scores = offset + 1
    if fact is None:
        return set()
    held = _broadcast(state, fact.broadcast)
    if not live_broadcast.score(held, offset, fact, marking):
        return set()
    return {fact.broadcast}


def decide(state: LiveState, command: SessionCommand, now: int) -> SessionFact:
    """Answer a command that is read at `now` (ms)."""
    held = state.broadcasts.get(command.broadcast)
    fact = _decide(state, held, command, now)
    return structs.replace(fact, after=held.decided_at if held else 0)


def _decide(
    state: LiveState, held: LiveBroadcast | None, command: SessionCommand, now: int
) -> SessionFact:
    if held is None or held.broadcast is None or (held.is_retired and not _ends(command)):
        detail = f"no broadcast {command.broadcast} is loaded, or it is retired"
        return refuse(command, command.at, "unknown_broadcast", detail)
    elsewhere = state.on_air()
    is_start = command.command == "start_presentation"
    if is_start and elsewhere is not None and elsewhere is not held:
        detail = f"{elsewhere.session.current} of {elsewhere.id} is on; finish it first"
        return refuse(command, command.at, "another_on", detail)
    seq = state.decision(command.broadcast)
    if command.command == "change_rundown":
        others = [other for other in state.broadcasts.values() if other is not held]
        return change_rundown(held, others, command, seq, state.folded_to.broadcasts)
    return commands.decide(held.session, held.slots, command, now, seq)


def _ends(command: SessionCommand) -> bool:
    """Whether a command only ends what is on, which is allowed also in what was retired."""
    return command.command in ("finish_presentation", "move_on", "cut_microphone")


def _broadcast(state: LiveState, broadcast: str) -> LiveBroadcast:
    return state.broadcasts.setdefault(broadcast, LiveBroadcast(broadcast))
