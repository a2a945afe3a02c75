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

    ballots: int = 500
    bytes: int = 64 * 1024
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
    """The open frames, at most one a partition."""

    def __init__(self, bounds: FrameBounds) -> None:
        self._bounds = bounds
        self._open: dict[int, OpenFrame[Waiter]] = {}

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
        return self._open.pop(partition)

    def due_ms(self) -> float | None:
        """When the oldest open frame must be closed, or None without one."""
        if not self._open:
            return None
        return min(frame.since_ms for frame in self._open.values()) + self._bounds.age_ms

    def close(self) -> list[OpenFrame[Waiter]]:
        """Close all of them: what is sent together is acknowledged together."""
        frames = list(self._open.values())
        self._open = {}
        return frames
