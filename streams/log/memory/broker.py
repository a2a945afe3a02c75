"""What all processes share of a log in memory: its topics and their messages."""

import asyncio
from dataclasses import dataclass, field

from schemas.catalogue import CATALOGUE
from schemas.topics import Topic
from streams.log.interface import Place, Record


@dataclass(slots=True)
class Partition:
    """The messages of a partition from `start` on, and who wants to know of more."""

    start: int = 0
    records: list[Record] = field(default_factory=list[Record])
    readers: dict[asyncio.Event, None] = field(default_factory=dict[asyncio.Event, None])

    @property
    def end(self) -> int:
        """The next offset."""
        return self.start + len(self.records)

    def read(self, offset: int, most: int) -> list[Record]:
        """Up to so many messages from an offset on."""
        first = offset - self.start
        return self.records[first : first + most]


class MemoryBroker:
    """What all processes share: the topics."""

    def __init__(self) -> None:
        self.partitions: dict[Place, Partition] = {}
        self.changed = asyncio.Event()

    def make(self, topic: Topic, partitions: int | None = None) -> None:
        """Make a topic, unless it is there."""
        if (topic, 0) not in self.partitions:
            for number in range(partitions or CATALOGUE[topic].partitions):
                self.partitions[topic, number] = Partition()
        self.tell()

    def tell(self) -> None:
        """Have everyone who waits for the broker look again."""
        changed, self.changed = self.changed, asyncio.Event()
        changed.set()

    def count(self, topic: Topic) -> int:
        """How many partitions a topic has."""
        return sum(held == topic for held, _ in self.partitions)

    def append(self, place: Place, key: bytes | None, value: bytes, at: int) -> int:
        """Write a message; gives its offset."""
        partition = self.partitions[place]
        offset = partition.end
        partition.records.append(Record(*place, offset, at, key, value))
        for reader in partition.readers:
            reader.set()
        return offset
