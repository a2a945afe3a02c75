"""Gathers ballots into frames: when a frame is full, and when it has waited long enough."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from schemas.ballots import Ballot

ROW_BYTES = 60
"""What a row takes beside its three names: brackets, commas, quotes and three numbers."""

Waiter = TypeVar("Waiter")


@dataclass(frozen=True, slots=True)
class FrameBounds:
    """A frame is closed at the first of these; `age_ms` counts from its first ballot."""

    # A worker folds 849 k ballots/s at 500 a frame, 306-388 k at 50 (measured); more gains little,
    # and one message that cannot be read is a whole frame (docs/decisions/0001)
    ballots: int = 500
    # 500 rows with names of usual length are 50 kB; Kafka's own bound on a message is 1 MB
    bytes: int = 64 * 1024
    # About an ack's p99 (measured: 3 ms): half of it makes more messages, twice of it is felt
    # (docs/decisions/0001)
    age_ms: float = 5.0


@dataclass(slots=True)
class OpenFrame(Generic[Waiter]):
    """The ballots that one partition's next message will hold; who waits for each one's ack."""

    partition: int
    since_ms: float
    ballots: list[Ballot] = field(default_factory=list[Ballot])
    waiters: list[Waiter] = field(default_factory=list[Waiter])
    bytes: int = 0


class Framing(Generic[Waiter]):
    """The open frames, at most one a partition.

    While a partition's frame is on its way the next one stays open, unless it gets full: the log
    takes a partition's messages one after the other anyway, and fewer frames are cheaper to read.
    """

    def __init__(self, bounds: FrameBounds) -> None:
        self._bounds = bounds
        self._open: dict[int, OpenFrame[Waiter]] = {}
        self._on_their_way: dict[int, int] = {}

    def add(
        self, partition: int, ballot: Ballot, waiter: Waiter, now_ms: float
    ) -> OpenFrame[Waiter] | None:
        """Put a ballot into its partition's frame; the frame, closed, when that made it full."""
        frame = self._open.get(partition)
        if frame is None:
            frame = self._open[partition] = OpenFrame(partition, now_ms)
        frame.ballots.append(ballot)
        frame.bytes += ROW_BYTES + len(ballot.round) + len(ballot.unit) + len(ballot.source)
        frame.waiters.append(waiter)
        if len(frame.ballots) < self._bounds.ballots and frame.bytes < self._bounds.bytes:
            return None
        return self._close(partition)

    def due_ms(self) -> float | None:
        """When the next frames must be closed; None while all that are open must wait for acks."""
        since = [frame.since_ms for frame in self._free()]
        return min(since) + self._bounds.age_ms if since else None

    def close_due(self, now_ms: float) -> list[OpenFrame[Waiter]]:
        """Close all frames that may go, once one of them is due: they share one request then."""
        due_ms = self.due_ms()
        if due_ms is None or due_ms > now_ms:
            return []
        return [self._close(frame.partition) for frame in self._free()]

    def close_all(self) -> list[OpenFrame[Waiter]]:
        """Close whatever is open."""
        return [self._close(partition) for partition in list(self._open)]

    def settled(self, partition: int) -> None:
        """A frame of a partition was acknowledged, or given up."""
        self._on_their_way[partition] -= 1

    def _free(self) -> list[OpenFrame[Waiter]]:
        return [
            frame for frame in self._open.values() if not self._on_their_way.get(frame.partition)
        ]

    def _close(self, partition: int) -> OpenFrame[Waiter]:
        self._on_their_way[partition] = self._on_their_way.get(partition, 0) + 1
        return self._open.pop(partition)
