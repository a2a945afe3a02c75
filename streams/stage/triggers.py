"""Carries the cues' rules out: their timer, and the way to whom a cue is given."""

import asyncio
from collections.abc import Callable

from agents.reducers import cues
from agents.reducers.cues import Cue, Cues, Fact
from agents.reducers.live_state import LiveState
from agents.reducers.scene import Scene
from streams.stage.clock import Clock


class Triggers:
    """Hands every cue to `due`, when it is due."""

    def __init__(self, clock: Clock, due: Callable[[Cue], None]) -> None:
        self._clock = clock
        self._due = due
        self._cues = Cues()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, state: LiveState) -> None:
        """Take a log that was read to its end."""
        cues.begin(self._cues, state)

    def hear(self, fact: Fact, state: LiveState) -> None:
        """Take a fact that is news and had an effect, with the fold after it."""
        self._give(cues.hear(self._cues, fact, state, self._clock.now_ms()))

    def turn(self, scene: Scene | None) -> None:
        """Take the scene as it is from now on."""
        now = self._clock.now_ms()
        self._give(cues.turn(self._cues, scene, now))
        self._set_timer(cues.wake_at(self._cues, now))

    def _look(self) -> None:
        now = self._clock.now_ms()
        self._give(cues.look(self._cues, now))
        self._set_timer(cues.wake_at(self._cues, now))

    def _set_timer(self, at: int | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = None if at is None else loop.call_at(self._clock.steady_at(at), self._look)

    def _give(self, found: list[Cue]) -> None:
        for cue in found:
            self._due(cue)
