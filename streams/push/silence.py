"""Tells viewers when nothing is heard, so that no page shows an old board as if it were new."""

import asyncio
from collections.abc import Callable

from streams.push import messages
from streams.push.boards_feed import BoardsFeed
from streams.push.config import Limits
from streams.push.fanout import Fanout
from streams.push.hub import Hub
from streams.push.viewer import Viewer

LOOK_S = 0.25  # a twelfth of the silence that it looks for


class SilenceWatch:
    """Whether the log is heard of, and boards that still move; a change is told to every viewer."""

    def __init__(
        self,
        hub: Hub[Viewer],
        fanout: Fanout,
        feed: BoardsFeed,
        limits: Limits,
        now_ms: Callable[[], int],
    ) -> None:
        self._hub = hub
        self._fanout = fanout
        self._feed = feed
        self._limits = limits
        self._now_ms = now_ms
        self._began_at = now_ms()
        self._said: tuple[messages.Heard, messages.Heard] = ("heard", "heard")

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_S)

    def look(self) -> None:
        """Say what has changed, if anything has."""
        log_s, boards_s = self._feed.follower.silence_s(), self._feed.silence_s()
        log = _heard(log_s, self._limits.log_silent_s)
        boards = _heard(boards_s, self._limits.boards_silent_s)
        if (log, boards) == self._said:
            return
        self._said = log, boards
        silent_s = log_s if log == "silent" else boards_s if boards == "silent" else 0.0
        # 1e9 s, thirty years: what was never heard has been silent for infinity
        since = max(self._began_at, self._now_ms() - int(min(silent_s, 1e9) * 1_000))
        message = messages.status(log, boards, since)
        stands = "silent" in (log, boards)
        self._fanout.announce(self._hub.notify(message, stands=stands))


def _heard(silence_s: float, silent_after_s: float) -> messages.Heard:
    return "silent" if silence_s > silent_after_s else "heard"
