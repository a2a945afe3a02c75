"""Sends frames, and tells each request when the log has its ballots (DESIGN, Frames)."""

import asyncio
import time
from collections.abc import Callable, Sequence

from aiokafka.errors import KafkaError

from schemas.ballots import Ballot, encode_frame
from schemas.topics import VOTE_PARTITIONS, Topic
from streams.gateway.framing import FrameBounds, Framing, OpenFrame
from streams.gateway.metrics import GatewayMetrics
from streams.producer import LogProducer, LogUnavailable

class Cast:
    """One request's ballots on their way; settled when all are acknowledged, or one is not."""

    __slots__ = ("_acked", "_open")

    def __init__(self, ballots: int) -> None:
        self._open = ballots
        self._acked: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def settle(self, *, is_acked: bool) -> None:
        """One of its ballots was acknowledged, or was not."""
        self._open -= 1
        if not self._acked.done() and (not is_acked or not self._open):
            self._acked.set_result(is_acked)

    async def acked(self) -> bool:
        """Wait; says whether the log has all of it."""
        return await self._acked


class Frames:
    """Group commit: ballots that come within a few ms share a message and its ack.

    Bounded: at most `queue_ballots` wait for their acks.
    """

    def __init__(
        self,
        producer: LogProducer,
        metrics: GatewayMetrics,
        now: Callable[[], int],
        *,
        queue_ballots: int,
        bounds: FrameBounds | None = None,
    ) -> None:
        self._producer = producer
        self._metrics = metrics
        self._now = now
        self._queue_ballots = queue_ballots
        self._framing: Framing[Cast] = Framing(bounds or FrameBounds())
        self._timer: asyncio.TimerHandle | None = None
        self._sends: set[asyncio.Task[None]] = set()
        self.waiting = 0

    def put(self, ballots: Sequence[Ballot]) -> Cast | None:
        """Send ballots with whatever else comes now; None when too many wait already."""
        if self.waiting + len(ballots) > self._queue_ballots:
            return None
        self.waiting += len(ballots)
        cast, now_ms = Cast(len(ballots)), time.monotonic() * 1000
        for ballot in ballots:
            full = self._framing.add(ballot.voter % VOTE_PARTITIONS, ballot, cast, now_ms)
            if full is not None:
                self._send(full)
        if self._timer is None:
            self._schedule(now_ms)
        return cast

    async def drain(self) -> None:
        """Send what is open, and wait until everything is settled."""
        self._flush()
        while self._sends:
            await asyncio.wait(self._sends)

    def _schedule(self, now_ms: float) -> None:
        due_ms = self._framing.due_ms()
        if due_ms is not None:
            delay_s = max(0.0, (due_ms - now_ms) / 1000)
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._flush)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for frame in self._framing.close():
            self._send(frame)

    def _send(self, frame: OpenFrame[Cast]) -> None:
        task = asyncio.create_task(self._commit(frame))
        self._sends.add(task)
        task.add_done_callback(self._sends.discard)

    async def _commit(self, frame: OpenFrame[Cast]) -> None:
        began = time.monotonic()
        value = encode_frame(self._now(), frame.ballots)
        try:
            await self._producer.send(Topic.VOTES, value, partition=frame.partition)
        except (LogUnavailable, KafkaError):
            self._metrics.unacked_frames.inc()
            self._settle(frame, is_acked=False)
        else:
            self._metrics.frame_ballots.observe(len(frame.ballots))
            self._metrics.ack_seconds.observe(time.monotonic() - began)
            self._settle(frame, is_acked=True)

    def _settle(self, frame: OpenFrame[Cast], *, is_acked: bool) -> None:
        self.waiting -= len(frame.ballots)
        for cast in frame.waiters:
            cast.settle(is_acked=is_acked)
