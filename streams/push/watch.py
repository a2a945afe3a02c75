"""Tells viewers when the log falls silent, so that no page shows an old board as if it were new."""

import asyncio
from collections.abc import Callable
from typing import Literal

from streams.push import messages
from streams.push.fanout import Fanout
from streams.push.hub import Hub
from streams.push.viewer import Viewer

LOOK_S = 0.25


class LogWatch:
    """Whether the log is heard of; a change of that is a notice to every viewer."""

    def __init__(
        self,
        hub: Hub[Viewer],
        fanout: Fanout,
        silence_s: Callable[[], float],
        silent_after_s: float,
        now_ms: Callable[[], int],
    ) -> None:
        self._hub = hub
        self._fanout = fanout
        self._silence_s = silence_s
        self._silent_after_s = silent_after_s
        self._now_ms = now_ms
        self._began_at = now_ms()
        self._said: Literal["heard", "silent"] = "heard"

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_S)

    def look(self) -> None:
        """Say so when the log has fallen silent, or is heard of again."""
        silence_s = self._silence_s()
        now: Literal["heard", "silent"] = "silent" if silence_s > self._silent_after_s else "heard"
        if now == self._said:
            return
        self._said = now
        since = max(self._began_at, self._now_ms() - int(min(silence_s, 1e9) * 1_000))
        message = messages.status(now, since)
        self._fanout.announce(self._hub.notify(message, stands=now == "silent"))
