"""Sends each channel's news to all its viewers, in slices, so that nobody else waits for long."""

import asyncio
import time

from streams.push.hub import Channel, Hub
from streams.push.metrics import Metrics
from streams.push.viewer import Viewer

SLICE = 128


class Fanout:
    """What has news and must be told; the newest state is read when each viewer's turn comes."""

    def __init__(self, hub: Hub[Viewer], metrics: Metrics) -> None:
        self._hub = hub
        self._metrics = metrics
        self._news: dict[Channel[Viewer], float] = {}
        self._woken = asyncio.Event()

    def announce(self, channel: Channel[Viewer]) -> None:
        """Say that a channel has news."""
        self._news.setdefault(channel, time.monotonic())
        self._woken.set()

    def catch_up(self, viewer: Viewer) -> None:
        """Send one viewer all that it is owed, or until it stalls."""
        while viewer.is_open and not viewer.stalled:
            frames = self._hub.take_any(viewer)
            if frames is None:
                return
            self._count(1, viewer.show(frames), 0)

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            while self._news:
                channel = next(iter(self._news))
                since = self._news.pop(channel)
                await self._send(channel)
                self._metrics.send_lag.observe(time.monotonic() - since)

    async def _send(self, channel: Channel[Viewer]) -> None:
        viewers = list(channel.followers)
        for start in range(0, len(viewers), SLICE):
            self._send_slice(channel, viewers[start : start + SLICE])
            await asyncio.sleep(0)

    def _send_slice(self, channel: Channel[Viewer], viewers: list[Viewer]) -> None:
        awake = [viewer for viewer in viewers if not viewer.stalled]
        owed = self._hub.take_each(channel, awake)
        sent_bytes = sum([viewer.show(frames) for viewer, frames in owed])
        self._count(len(owed), sent_bytes, len(viewers) - len(awake))

    def _count(self, sent: int, sent_bytes: int, skipped: int) -> None:
        self._metrics.messages.inc(sent)
        self._metrics.sent_bytes.inc(sent_bytes)
        if skipped:
            self._metrics.skipped.inc(skipped)
