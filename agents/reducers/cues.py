"""The cues of the evening for everything else in the hall: what is due when, by which name.

Every controller finds the same cues with the same ids; who of them gives one is said in
`agents.reducers.turns`. Times are ms on the log's clock, given by the shell.
"""

from dataclasses import dataclass, field
from typing import Literal

from msgspec import Struct

from agents.reducers.live_state import LiveState
from agents.reducers.scene import Scene, wish
from agents.reducers.session import DANGER_MS
from schemas.facts import BroadcastLoaded, BroadcastsFact
from schemas.scores import RowRevealed, ScoresFact
from schemas.sessions import (
    PresentationFinished,
    PresentationPaused,
    PresentationStarted,
    SessionsMessage,
)

CueName = Literal["start", "warning", "danger", "cut", "pause", "finish", "load", "reveal"]
Fact = BroadcastsFact | ScoresFact | SessionsMessage

FRESH_MS = 5_000
"""A fact that is told late (a log that was away) is history: a light must not turn on for it."""


@dataclass(frozen=True, slots=True)
class _Place:
    broadcast: str
    slot: str | None = None
    group: str | None = None


class Cue(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A cue as a receiver is told of it."""

    id: str
    cue: CueName
    at: int
    broadcast: str
    slot: str | None = None
    group: str | None = None


@dataclass(slots=True)
class Cues:
    """What is known by now: the scene, its phase, whether it was open, and what each has armed."""

    scene: Scene | None = None
    phase: str = ""
    was_open: bool | None = None
    armed: dict[str, str | None] = field(default_factory=dict[str, str | None])


def begin(state: Cues, live: LiveState) -> None:
    """Take a log that was read to its end: what it has armed already is no news."""
    for held in live.broadcasts.values():
        state.armed.setdefault(held.id, held.session.armed(held.order))


def hear(state: Cues, fact: Fact, live: LiveState, now: int) -> list[Cue]:
    """Take a fact that had an effect, with the fold after it."""
    found = _said(fact, now) if now - fact.at < FRESH_MS else []
    for held in live.broadcasts.values():
        armed = held.session.armed(held.order)
        is_known = held.id in state.armed or isinstance(fact, BroadcastLoaded)
        before, state.armed[held.id] = state.armed.get(held.id), armed
        if is_known and armed is not None and armed != before:
            name = f"{held.sessions_position}:{armed}"
            found.append(_cue("load", name, now, _Place(held.id, armed)))
    return found


def turn(state: Cues, scene: Scene | None, now: int) -> list[Cue]:
    """Take the scene as it is from now on; the first of a slot only says where things stand."""
    is_first = state.scene is None or scene is None or state.scene.run.slot != scene.run.slot
    state.scene = scene
    if is_first:
        state.phase = scene.run.phase(now) if scene else ""
        wanted = wish(scene, now)
        state.was_open = wanted.is_open if wanted else None
    return look(state, now)


def look(state: Cues, now: int) -> list[Cue]:
    """Say what the scene's own clock has brought."""
    scene, wanted = state.scene, wish(state.scene, now)
    if scene is None or wanted is None or scene.run.finished_at is not None:
        return []
    found: list[Cue] = []
    run = scene.run
    place = _Place(scene.broadcast, run.slot, run.group)
    phase, before = run.phase(now), state.phase
    if phase != before and phase in ("warning", "danger"):
        found.append(_cue(phase, f"{scene.turned_by}:{phase}", now, place))
    if state.was_open and not wanted.is_open and run.paused_at is None:
        found.append(_cue("cut", wanted.command, now, place))
    state.phase, state.was_open = phase, wanted.is_open
    return found


def wake_at(state: Cues, now: int) -> int | None:
    """When `look` must be asked next (ms), if at all."""
    scene = state.scene
    if scene is None or scene.run.paused_at is not None or scene.run.finished_at is not None:
        return None
    run = scene.run
    times = (run.warn_at, run.ends_at - DANGER_MS, run.ends_at)
    return min((at for at in times if at > now), default=None)


def _said(fact: Fact, now: int) -> list[Cue]:
    """The cue that a fact is by itself."""
    match fact:
        case PresentationStarted():
            return [_cue("start", fact.id, now, _Place(fact.broadcast, fact.slot, fact.group))]
        case PresentationPaused():
            return [_cue("pause", fact.id, now, _Place(fact.broadcast, fact.slot))]
        case PresentationFinished():
            return [_cue("finish", fact.id, now, _Place(fact.broadcast, fact.slot))]
        case RowRevealed():
            place = _Place(fact.broadcast, group=fact.group)
            return [_cue("reveal", f"{fact.group}:{fact.at}", now, place)]
        case _:
            return []


def _cue(cue: CueName, name: str, now: int, place: _Place) -> Cue:
    return Cue(
        id=name if name.endswith(cue) else f"{name}:{cue}",
        cue=cue,
        at=now,
        broadcast=place.broadcast,
        slot=place.slot,
        group=place.group,
    )
