"""A push without sockets: the real feeds, hub and fan-out; each screen is a viewer of its own."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import orjson

from streams.push.boards_feed import BoardsFeed
from streams.push.cohorts import Place
from streams.push.config import Limits
from streams.push.fanout import Fanout
from streams.push.frames import Encoder
from streams.push.hub import Hub
from streams.push.metrics import Metrics
from streams.push.sessions_feed import SessionsFeed
from streams.push.silence import SilenceWatch
from streams.push.viewer import Viewer
from tests.sim.process import Process
from tests.sim.world import World, now_ms

LIMITS = Limits()
NO_SOCKET = -2
"""A file that is never open: what is written there is left to `write_rest`."""


class SimViewer(Place):
    """A screen's connection, at push's end of it; it may stall for a while."""

    __slots__ = ("is_open", "send", "stalled")

    def __init__(self, send: Callable[[bytes], None], number: int) -> None:
        super().__init__()
        self.socket = NO_SOCKET - number
        self.send = send
        self.is_open, self.stalled = True, False

    def write(self, frame: bytes) -> None:
        """Send a WebSocket frame (RFC 6455, 5.2), as its text."""
        lengths = {126: 4, 127: 10}
        self.send(frame[lengths.get(frame[1], 2) :])

    def write_rest(self, frame: bytes, sent: int) -> None:
        """Send a frame of which no socket took a byte."""
        self.write(frame)


class Push:
    """One life of push."""

    def __init__(self, world: World, process: Process) -> None:
        log, metrics = world.way(process), Metrics()
        self._joined = 0
        self._hub: Hub[Any] = Hub(
            Encoder().encode,
            subscriptions=LIMITS.subscriptions,
            empty_channels=LIMITS.empty_channels,
        )
        hub = cast(Hub[Viewer], self._hub)
        self._fanout = Fanout(hub, metrics)
        self._feed = BoardsFeed(log, hub, self._fanout, metrics, now_ms)
        self._sessions = SessionsFeed(log, hub, self._fanout, metrics, self._feed.topics_made)
        self._watch = SilenceWatch(hub, self._fanout, self._feed, LIMITS, now_ms)

    async def run(self) -> None:
        """Serve for good."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._feed.run())
            group.create_task(self._feed.letters.run())
            group.create_task(self._sessions.run())
            group.create_task(self._fanout.run())
            group.create_task(self._watch.run())

    async def join(self, send: Callable[[bytes], None], channels: list[str]) -> SimViewer:
        """Take a screen in, and give it what it asks for."""
        self._joined += 1
        viewer = SimViewer(send, self._joined)
        self._hub.join(viewer)
        for channel in channels:
            self._hub.subscribe(viewer, channel)
        self._fanout.catch_up(cast(Viewer, viewer))
        return viewer

    async def stall(self, viewer: SimViewer, *, stalled: bool) -> None:
        """A screen's socket takes nothing, or takes bytes again."""
        viewer.stalled = stalled
        if stalled:
            self._hub.stall(viewer)
        else:
            self._fanout.catch_up(cast(Viewer, viewer))

    async def leave(self, viewer: SimViewer) -> None:
        """A screen is gone."""
        viewer.is_open = False
        self._hub.leave(viewer)


def read(text: bytes) -> dict[str, Any]:
    """A message as a page reads it."""
    return orjson.loads(text)
