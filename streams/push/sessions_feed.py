"""Sessions from the log to the hub: each broadcast's state, whole, whenever something moves it."""

import asyncio
from contextlib import suppress

from agents.reducers.session_view import view
from schemas.wire import encode
from streams.live_follower import LiveFollower
from streams.log.interface import Log
from streams.push.channels import session_channel
from streams.push.fanout import Fanout
from streams.push.hub import Hub
from streams.push.metrics import Metrics
from streams.push.viewer import Viewer

LOOK_S = 0.05  # how late the first states may be after the log is read to its end


class SessionsFeed:
    """Says nothing until the log is read to its end, so that nobody sees an old evening again."""

    def __init__(
        self,
        log: Log,
        hub: Hub[Viewer],
        fanout: Fanout,
        metrics: Metrics,
        topics_made: asyncio.Event,
        *,
        rehearsal: bool = False,
    ) -> None:
        self._hub = hub
        self._fanout = fanout
        self._metrics = metrics
        self._topics_made = topics_made
        self._touched: set[str] = set()
        self._woken = asyncio.Event()
        self.follower = LiveFollower(log, self._moved, rehearsal=rehearsal)

    async def run(self) -> None:
        """Follow and tell until cancelled.

        Nobody asks for a topic before it is made: some brokers would make it themselves, otherwise.
        """
        await self._topics_made.wait()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.follower.run())
            group.create_task(self._tell())

    def _moved(self, broadcasts: set[str]) -> None:
        self._touched |= broadcasts
        if self._touched:
            self._woken.set()

    async def _tell(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(None if self.follower.is_caught_up else LOOK_S):
                    await self._woken.wait()
            self._woken.clear()
            while self._touched and self.follower.is_caught_up:
                self._publish(self._touched.pop())

    def _publish(self, broadcast: str) -> None:
        shown = view(self.follower.state, broadcast)
        channel = self._hub.publish(session_channel(broadcast), shown.seq, encode(shown))
        self._metrics.sessions.labels("known" if channel is None else "news").inc()
        if channel is not None:
            self._fanout.announce(channel)
