"""The way to the log that every shell takes: the real one, or the same in memory.

`streams.log.kafka` is a Kafka, `streams.log.memory` is for the simulation. Topics have their own
names here, whatever they are called on the broker; errors are those of `aiokafka.errors`.
"""

from asyncio import Future
from collections.abc import Iterable
from typing import Literal, NamedTuple, Protocol

from aiokafka.errors import KafkaError
from aiokafka.structs import RecordMetadata

from schemas.topics import Topic

AWAY = (KafkaError, OSError, TimeoutError)
"""What is raised while the log does not answer: try again."""

Place = tuple[Topic, int]
"""A partition of a topic."""

Reset = Literal["earliest", "none"]
"""What becomes of a reader whose offset the log does not hold: the start, or an error."""


class Record(NamedTuple):
    """One message of the log; `at` is when it was written, ms."""

    topic: Topic
    partition: int
    offset: int
    at: int
    key: bytes | None
    value: bytes | None


class Consumer(Protocol):
    """Reads partitions that it names itself; of no group."""

    async def start(self) -> None:
        """Connect.

        Raises:
            KafkaError, OSError: the log is away.
        """
        ...

    async def stop(self) -> None:
        """Let go of the log, also while it is away."""
        ...

    def assign(self, places: Iterable[Place]) -> None:
        """Read these places, and no others; seek each of them next."""
        ...

    def seek(self, place: Place, offset: int) -> None:
        """Read a place from an offset on."""
        ...

    async def getmany(
        self, *places: Place, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[Place, list[Record]]:
        """What comes next at these places, or at all: as soon as there is something, else nothing.

        Raises:
            OffsetOutOfRangeError: the log does not hold what comes next, and `reset` is "none".
        """
        ...

    async def end_offsets(self, places: Iterable[Place]) -> dict[Place, int]:
        """The next offset of each place; waits while the log is away, give it a timeout."""
        ...

    async def beginning_offsets(self, places: Iterable[Place]) -> dict[Place, int]:
        """The oldest offset that each place holds; waits while the log is away."""
        ...


class Producer(Protocol):
    """Writes with acks from every replica in sync; what is sent to a partition keeps its order."""

    async def start(self) -> None:
        """Connect.

        Raises:
            KafkaError, OSError: the log is away.
        """
        ...

    async def stop(self) -> None:
        """End whatever state it is in; what waits in it fails, though the log may hold it."""
        ...

    async def send(
        self, topic: Topic, value: bytes, *, key: bytes | None, partition: int | None
    ) -> "Future[RecordMetadata]":
        """Take a message; the future is its place in the log, once it is acknowledged.

        Raises:
            KafkaError: the log refuses this message.
        """
        ...


class Log(Protocol):
    """A log; whatever it makes is not connected yet."""

    @property
    def where(self) -> str:
        """Its address, for an operator."""
        ...

    def consumer(
        self,
        *,
        wait_ms: int = 500,  # these three as aiokafka has them
        partition_bytes: int = 1 << 20,
        backoff_ms: int = 100,
        reset: Reset = "earliest",
    ) -> Consumer:
        """A reader; a fetch waits so long for news, and brings so much of a partition at most.

        It sleeps for `backoff_ms` before it asks again what it was not told.
        """
        ...

    def producer(self, *, linger_ms: int = 0) -> Producer:
        """A writer that gathers messages for so long."""
        ...

    async def partitions(self) -> dict[Topic, int]:
        """The topics of ours that it has, and how many partitions each.

        Raises:
            KafkaError, OSError: it is away.
        """
        ...

    async def make(self, topics: Iterable[Topic]) -> bool:
        """Make topics as the catalogue says; one that is there already is left as it is.

        Returns whether there was none such: who made it meanwhile may have given it another shape.

        Raises:
            KafkaError, OSError: it is away, or refuses.
        """
        ...
