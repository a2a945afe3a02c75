"""The cues of the evening for everything else in the hall: what is due when, by which name.

Every controller finds the same cues with the same ids; who of them gives one is not said here.
"""

import asyncio
from collections.abc import Callable

import msgspec

from agents.reducers.scene import Scene, wish
from agents.reducers.session import DANGER_MS
from agents.reducers.sessions import Sessions
from schemas.facts import BroadcastLoaded, BroadcastsFact
from schemas.scores import RowRevealed, ScoresFact
from schemas.sessions import (
    PresentationFinished,
    PresentationPaused,
    PresentationStarted,
    SessionsMessage,
)
from streams.stage.clock import Clock
from streams.stage.config import Cue

# A fact that is told late (a log that was away) is history: a light must not turn on for it
FRESH_MS = 5_000
CUES: dict[type, Cue] = {
    PresentationStarted: "start",
    PresentationPaused: "pause",
    PresentationFinished: "finish",
    RowRevealed: "reveal",
}


class DueCue(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A cue as a receiver is told of it."""

    id: str
    cue: Cue
    at: int
    broadcast: str
    slot: str | None = None
    group: str | None = None


class Triggers:
    """Finds the cues, from the facts and from the scene's own clock, and hands them to `due`."""

    def __init__(self, clock: Clock, due: Callable[[DueCue], None]) -> None:
        self._clock = clock
        self._due = due
        self._scene: Scene | None = None
        self._phase = ""
        self._was_open: bool | None = None
        self._armed: dict[str, str | None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def hear(self, fact: BroadcastsFact | ScoresFact | SessionsMessage, state: Sessions) -> None:
        """Take a fact that is news, with the fold after it."""
        cue = CUES.get(type(fact))
        if cue is not None and self._clock.now_ms() - fact.at < FRESH_MS:
            slot, group = getattr(fact, "slot", None), getattr(fact, "group", None)
            name = getattr(fact, "id", None) or f"{group}:{fact.at}"
            self._give(cue, name, fact.broadcast, slot, group)  # pyright: ignore[reportArgumentType, reportAttributeAccessIssue] - these have one
        for evening in state.evenings.values():
            armed = evening.session.armed(evening.order)
            is_known = evening.id in self._armed or isinstance(fact, BroadcastLoaded)
            before = self._armed.get(evening.id)
            self._armed[evening.id] = armed
            if is_known and armed is not None and armed != before:
                self._give("load", f"{evening.sessions_position}:{armed}", evening.id, armed, None)

    def turn(self, scene: Scene | None) -> None:
        """Take the scene as it is from now on; the first one only says where things stand."""
        is_first = self._scene is None or scene is None or self._scene.run.slot != scene.run.slot
        self._scene = scene
        if is_first:
            now = self._clock.now_ms()
            self._phase = scene.run.phase(now) if scene else ""
            wanted = wish(scene, now)
            self._was_open = wanted.is_open if wanted else None
        self._look()

    def _look(self) -> None:
        scene, now = self._scene, self._clock.now_ms()
        wanted = wish(scene, now)
        if scene is None or wanted is None or scene.run.finished_at is not None:
            self._set_timer(None)
            return
        place = (scene.broadcast, scene.run.slot, scene.run.group)
        phase, before = scene.run.phase(now), self._phase
        self._phase = phase
        if phase != before and phase in ("warning", "danger"):
            self._give(phase, f"{scene.turned_by}:{phase}", *place)
        is_paused = scene.run.paused_at is not None
        if self._was_open and not wanted.is_open and not is_paused:
            self._give("cut", wanted.command, *place)
        self._was_open = wanted.is_open
        run = scene.run
        times = () if is_paused else (run.warn_at, run.ends_at - DANGER_MS, run.ends_at)
        self._set_timer(min((at for at in times if at > now), default=None))

    def _set_timer(self, at: int | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = None if at is None else loop.call_at(self._clock.steady_at(at), self._look)

    def _give(
        self, cue: Cue, name: str, broadcast: str, slot: str | None, group: str | None
    ) -> None:
        cue_due = DueCue(
            id=name if name.endswith(cue) else f"{name}:{cue}",
            cue=cue,
            at=self._clock.now_ms(),
            broadcast=broadcast,
            slot=slot,
            group=group,
        )
        self._due(cue_due)
