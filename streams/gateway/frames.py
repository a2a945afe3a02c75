"""Sends frames, and tells each request when the log has its ballots (DESIGN, Frames)."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from schemas.ballots import Ballot, encode_frame
from schemas.broadcasts import Door
from schemas.topics import VOTE_PARTITIONS, Topic
from streams.gateway.framing import FrameBounds, Framing, OpenFrame
from streams.gateway.metrics import GatewayMetrics
from streams.gateway.votes import VoteRefused
from streams.log.producer import LogProducer
from streams.running import steady_s

# 2 s: a new leader takes about three (measured), and all who were refused come again at once
NOT_ACKED = VoteRefused(
    503, "log_unavailable", "the log did not take it in time; send it again", retry_after_s=2
)

Done = Callable[[VoteRefused | None], None]


class Cast:
    """One request's ballots on their way; `done` hears None once the log has all, or a refusal."""

    __slots__ = ("_done", "_open", "door")

    def __init__(self, door: Door, ballots: int, done: Done) -> None:
        self.door = door
        self._open = ballots
        self._done: Done | None = done

    def settle(self, refused: VoteRefused | None) -> None:
        """One of its ballots was acknowledged, or was not."""
        self._open -= 1
        if self._done is not None and (refused is not None or not self._open):
            done, self._done = self._done, None
            done(refused)


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

    def put(self, door: Door, ballots: Sequence[Ballot], done: Done) -> bool:
        """Send ballots with whatever else comes now; false when too many wait already."""
        if self.waiting + len(ballots) > self._queue_ballots:
            return False
        self.waiting += len(ballots)
        cast, now_ms = Cast(door, len(ballots), done), _now_ms()
        for ballot in ballots:
            full = self._framing.add(ballot.voter % VOTE_PARTITIONS, ballot, cast, now_ms)
            if full is not None:
                self._send(full)
        if self._timer is None:
            self._schedule(now_ms)
        return True

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
        refused = NOT_ACKED if offset.cancelled() or offset.exception() else None
        self._sent.discard(offset)
        self._count(frame, sent_ms, refused)
        self.waiting -= len(frame.ballots)
        for cast in frame.waiters:
            cast.settle(refused)
        self._framing.settled(frame.partition)
        if self._timer is None:
            self._schedule(_now_ms())

    def _count(self, frame: OpenFrame[Cast], sent_ms: float, refused: VoteRefused | None) -> None:
        if refused is not None:
            self._metrics.unacked_frames.inc()
            return
        self._metrics.frame_ballots.observe(len(frame.ballots))
        self._metrics.ack_seconds.observe((_now_ms() - sent_ms) / 1000)
        for door, ballots in Counter([cast.door for cast in frame.waiters]).items():
            self._metrics.taken(door, ballots)


def _now_ms() -> float:
    return steady_s() * 1000
