"""One process's log in memory."""

from collections.abc import Callable, Iterable

from schemas.topics import Topic
from streams.log.interface import Reset
from streams.log.memory.broker import MemoryBroker
from streams.log.memory.consumer import MemoryConsumer
from streams.log.memory.faults import Faults
from streams.log.memory.producer import MemoryProducer
from streams.log.memory.way import Way


class MemoryLog(Way):
    """A log that needs no broker, or shares one with other processes.

    `now_ms` is this process's clock: it stamps the messages that it writes.
    """

    def __init__(
        self,
        broker: MemoryBroker | None = None,
        *,
        now_ms: Callable[[], int],
        faults: Faults | None = None,
        where: str = "memory",
    ) -> None:
        super().__init__(broker or MemoryBroker(), now_ms, faults or Faults(), where)

    def consumer(
        self,
        *,
        wait_ms: int = 500,
        partition_bytes: int = 1 << 20,
        backoff_ms: int = 100,
        reset: Reset = "earliest",
    ) -> MemoryConsumer:
        """A reader; how much it gets at once is a matter of `faults`."""
        return MemoryConsumer(self, reset)

    def producer(self, *, linger_ms: int = 0) -> MemoryProducer:
        """A writer; each message is written by itself."""
        return MemoryProducer(self, linger_ms / 1_000)

    async def partitions(self) -> dict[Topic, int]:
        """The topics that it has, and how many partitions each."""
        await self.connect()
        return {topic: self.broker.count(topic) for topic, _ in self.broker.partitions}

    async def make(self, topics: Iterable[Topic]) -> bool:
        """Make topics; they have one shape here, whoever makes them."""
        await self.connect()
        for topic in topics:
            self.broker.make(topic)
        return True
