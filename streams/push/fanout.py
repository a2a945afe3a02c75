"""Sends each channel's news to all its viewers, in slices, so that nobody else waits for long."""

import asyncio
import os
from collections.abc import Iterable

from streams.push.cohorts import Channel, Cohort
from streams.push.hub import Hub
from streams.push.metrics import Metrics
from streams.push.viewer import Viewer
from streams.running import steady_s


class Fanout:
    """What has news and must be told; the newest state is read when each cohort's turn comes."""

    def __init__(self, hub: Hub[Viewer], metrics: Metrics) -> None:
        self._hub = hub
        self._metrics = metrics
        self._news: dict[Channel[Viewer], float] = {}
        self._woken = asyncio.Event()

    def announce(self, channel: Channel[Viewer]) -> None:
        """Say that a channel has news."""
        self._news.setdefault(channel, steady_s())
        self._woken.set()

    def catch_up(self, viewer: Viewer) -> None:
        """Send one viewer all that it is owed, or until it stalls; then it is told with others."""
        while viewer.is_open and not viewer.stalled:
            frames = self._hub.take_any(viewer)
            if frames is None:
                self._hub.settle(viewer)
                return
            frame = frames.deflated() if viewer.deflates else frames.plain
            viewer.write(frame)
            self._count(1, len(frame))

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            while self._news:
                channel = next(iter(self._news))
                since = self._news.pop(channel)
                await self._send(channel)
                self._metrics.send_lag.observe(steady_s() - since)

    async def _send(self, channel: Channel[Viewer]) -> None:
        for cohort in list(channel.cohorts):
            self._send_all(channel, cohort)
            await asyncio.sleep(0)
        self._metrics.skipped.inc(len(channel.apart))

    def _send_all(self, channel: Channel[Viewer], cohort: Cohort[Viewer]) -> None:
        frames = self._hub.take_all(channel, cohort)
        if frames is None:
            return
        frame = frames.deflated() if cohort.deflates else frames.plain
        self._count(len(cohort.members), len(frame) * len(cohort.members))
        for socket, sent in write_to_all(cohort.members, frame):
            cohort.members[socket].write_rest(frame, sent)

    def _count(self, sent: int, sent_bytes: int) -> None:
        self._metrics.messages.inc(sent)
        self._metrics.sent_bytes.inc(sent_bytes)


def write_to_all(sockets: Iterable[int], frame: bytes) -> list[tuple[int, int]]:
    """Write a frame to sockets for which nothing waits; which took less, and how many bytes of it.

    Of a viewer nothing is touched but its socket's number: see `cohorts`.
    """
    write, size = os.write, len(frame)
    short: list[tuple[int, int]] = []
    for socket in sockets:
        try:
            sent = write(socket, frame)
        except OSError:
            sent = 0
        if sent != size:
            short.append((socket, sent))
    return short
