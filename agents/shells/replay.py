"""Reads stretches of the log with a plain consumer: to fold anew, to catch up, to see the ends."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Iterable
from contextlib import asynccontextmanager
from typing import TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import ConsumerRecord

from schemas.addresses import KafkaAddress
from schemas.topics import Topic

Record = ConsumerRecord[bytes, bytes]
Answer = TypeVar("Answer")

ANSWER_WITHIN_S = 10.0
SILENT_S = 15.0
FETCH_WAIT_MS = 250


class Replay:
    """A plain consumer of no group, for one stretch of work."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer

    async def missing(self, topics: Iterable[Topic]) -> set[Topic]:
        """Which of these topics the log does not have."""
        found = await _answer(self._consumer.topics())
        return {topic for topic in topics if str(topic) not in found}

    async def starts(self, topic: Topic, partitions: Iterable[int]) -> dict[int, int]:
        """The oldest offset that each partition still holds."""
        places = [TopicPartition(str(topic), number) for number in partitions]
        found = await _answer(self._consumer.beginning_offsets(places))
        return {place.partition: offset for place, offset in found.items()}

    async def ends(self, topic: Topic, partitions: Iterable[int]) -> dict[int, int]:
        """The next offset of each partition."""
        places = [TopicPartition(str(topic), number) for number in partitions]
        found = await _answer(self._consumer.end_offsets(places))
        return {place.partition: offset for place, offset in found.items()}

    async def read(
        self, topic: Topic, stretches: dict[int, tuple[int, int]]
    ) -> AsyncGenerator[tuple[int, list[Record]], None]:
        """Give each partition's records from an offset up to another, slice by slice.

        Raises:
            TimeoutError: the log gave nothing for a while, although the end was not reached.
        """
        ends = {number: end for number, (start, end) in stretches.items() if start < end}
        places = {number: TopicPartition(str(topic), number) for number in ends}
        self._consumer.assign(list(places.values()))
        for number, place in places.items():
            self._consumer.seek(place, stretches[number][0])
        heard = asyncio.get_running_loop().time()
        while ends:
            fetched = await self._consumer.getmany(
                *(places[number] for number in ends), timeout_ms=1_000
            )
            now = asyncio.get_running_loop().time()
            if not fetched and now - heard > SILENT_S:
                raise TimeoutError(f"{topic}: no answer for {SILENT_S:.0f} s")
            heard = now if fetched else heard
            for place, records in fetched.items():
                number, end = place.partition, ends[place.partition]
                if records[-1].offset + 1 >= end:
                    del ends[number]
                yield number, [record for record in records if record.offset < end]

    async def follow(self, topic: Topic, start: int) -> AsyncGenerator[list[Record], None]:
        """Give the records of a topic of one partition from an offset on, for good."""
        place = TopicPartition(str(topic), 0)
        self._consumer.assign([place])
        self._consumer.seek(place, start)
        while True:
            for records in (await self._consumer.getmany(place, timeout_ms=1_000)).values():
                yield records


async def _answer(asked: Awaitable[Answer]) -> Answer:
    return await asyncio.wait_for(asked, ANSWER_WITHIN_S)


@asynccontextmanager
async def replay(address: KafkaAddress) -> AsyncGenerator[Replay]:
    """Open a plain consumer for a stretch of work."""
    consumer: AIOKafkaConsumer = AIOKafkaConsumer(
        **address.client_options(),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=FETCH_WAIT_MS,
    )
    await _answer(consumer.start())
    try:
        yield Replay(consumer)
    finally:
        await consumer.stop()
