"""Sends frames, and tells each request when the log has its ballots (DESIGN, Frames)."""

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial

from schemas.ballots import Ballot, encode_frame
from schemas.topics import VOTE_PARTITIONS, Topic
from streams.gateway.framing import FrameBounds, Framing, OpenFrame
from streams.gateway.metrics import GatewayMetrics
from streams.producer import LogProducer


class Cast:
    """One request's ballots on their way; `acked` says in the end whether the log has them all."""

    __slots__ = ("_open", "acked")

    def __init__(self, ballots: int) -> None:
        self._open = ballots
        self.acked: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def settle(self, *, is_acked: bool) -> None:
        """One of its ballots was acknowledged, or was not."""
        self._open -= 1
        if not self.acked.done() and (not is_acked or not self._open):
            self.acked.set_result(is_acked)


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
        self._sent: set[asyncio.Future[int]] = set()
        self.waiting = 0

    def put(self, ballots: Sequence[Ballot]) -> Cast | None:
        """Send ballots with whatever else comes now; None when too many wait already."""
        if self.waiting + len(ballots) > self._queue_ballots:
            return None
        self.waiting += len(ballots)
        cast, now_ms = Cast(len(ballots)), _now_ms()
        for ballot in ballots:
            full = self._framing.add(ballot.voter % VOTE_PARTITIONS, ballot, cast, now_ms)
            if full is not None:
                self._send(full)
        if self._timer is None:
            self._schedule(now_ms)
        return cast

    async def drain(self) -> None:
        """Send what is open, and wait until everything is settled."""
        for frame in self._framing.close_all():
            self._send(frame)
        while self._sent:
            await asyncio.wait(self._sent)
        if self._timer is not None:
            self._timer.cancel()

    def _schedule(self, now_ms: float) -> None:
        due_ms = self._framing.due_ms()
        if due_ms is not None:
            delay_s = max(0.0, (due_ms - now_ms) / 1000)
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        now_ms = _now_ms()
        for frame in self._framing.close_due(now_ms):
            self._send(frame)
        self._schedule(now_ms)

    def _send(self, frame: OpenFrame[Cast]) -> None:
        value = encode_frame(self._now(), frame.ballots)
        sent = self._producer.post(Topic.VOTES, value, partition=frame.partition)
        self._sent.add(sent)
        sent.add_done_callback(partial(self._settled, frame, _now_ms()))

    def _settled(self, frame: OpenFrame[Cast], sent_ms: float, offset: asyncio.Future[int]) -> None:
        is_acked = not offset.cancelled() and offset.exception() is None
        if is_acked:
            self._metrics.frame_ballots.observe(len(frame.ballots))
            self._metrics.ack_seconds.observe((_now_ms() - sent_ms) / 1000)
        else:
            self._metrics.unacked_frames.inc()
        self._sent.discard(offset)
        self.waiting -= len(frame.ballots)
        for cast in frame.waiters:
            cast.settle(is_acked=is_acked)
        self._framing.settled(frame.partition)
        if self._timer is None:
            self._schedule(_now_ms())


def _now_ms() -> float:
    return time.monotonic() * 1000
