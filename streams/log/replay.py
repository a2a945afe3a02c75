"""Reads stretches of the log with a plain consumer: to fold anew, to catch up, to see the ends."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import ConsumerRecord

from schemas.addresses import KafkaAddress
from schemas.topics import Topic

Record = ConsumerRecord[bytes, bytes]

ANSWER_WITHIN_S = 10.0
SILENT_S = 15.0
FETCH_WAIT_MS = 100
FETCH_BYTES = 256 << 10
BACKOFF_MS = 20  # so long aiokafka sleeps when it is first asked after a topic


class Replay:
    """A plain consumer of no group, for one stretch of work."""

    def __init__(self, consumer: AIOKafkaConsumer, *, embedded: bool) -> None:
        self._consumer = consumer
        self._embedded = embedded

    async def missing(self, topics: Iterable[Topic]) -> set[Topic]:
        """Which of these topics the log does not have."""
        async with asyncio.timeout(ANSWER_WITHIN_S):
            found = await self._consumer.topics()
        return {topic for topic in topics if str(topic) not in found}

    async def starts(self, topic: Topic, partitions: Iterable[int]) -> dict[int, int]:
        """The oldest offset that each partition still holds."""
        async with asyncio.timeout(ANSWER_WITHIN_S):
            found = await self._consumer.beginning_offsets(_places(topic, partitions))
        return {place.partition: offset for place, offset in found.items()}

    async def ends(self, topic: Topic, partitions: Iterable[int]) -> dict[int, int]:
        """The next offset of each partition.

        Asked for it, the embedded broker (Tansu 0.6.0) leaves out all but the first message of the
        last batch; there, that batch is read.
        """
        async with asyncio.timeout(ANSWER_WITHIN_S):
            found = await self._consumer.end_offsets(_places(topic, partitions))
            if self._embedded:
                found |= await self._last_batches(found)
        return {place.partition: offset for place, offset in found.items()}

    async def _last_batches(self, said: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
        starts = await self._consumer.beginning_offsets(list(said))
        unread = [place for place, end in said.items() if end > starts[place]]
        ends: dict[TopicPartition, int] = {}
        if unread:
            self._consumer.assign(unread)
        for place in unread:
            self._consumer.seek(place, said[place] - 1)
        while wanted := [place for place in unread if place not in ends]:
            fetched = await self._consumer.getmany(*wanted, timeout_ms=FETCH_WAIT_MS)
            ends |= {place: records[-1].offset + 1 for place, records in fetched.items()}
        return ends

    async def read(
        self, topic: Topic, stretches: dict[int, tuple[int, int]]
    ) -> AsyncGenerator[tuple[int, list[Record]], None]:
        """Give each partition's records from an offset up to another, slice by slice.

        Raises:
            TimeoutError: the log gave nothing for a while, although the end was not reached.
        """
        ends = {number: end for number, (start, end) in stretches.items() if start < end}
        if not ends:
            return  # aiokafka 0.14 may hang in stop() right after assign() (fetcher, line 514)
        places = {place.partition: place for place in _places(topic, ends)}
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


def _places(topic: Topic, partitions: Iterable[int]) -> list[TopicPartition]:
    return [TopicPartition(str(topic), number) for number in partitions]


@asynccontextmanager
async def replay(address: KafkaAddress) -> AsyncGenerator[Replay]:
    """Open a plain consumer for a stretch of work.

    Raises:
        KafkaError, OSError, TimeoutError: the log is away.
    """
    consumer: AIOKafkaConsumer = AIOKafkaConsumer(
        **address.client_options(),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=FETCH_WAIT_MS,
        max_partition_fetch_bytes=FETCH_BYTES,
        retry_backoff_ms=BACKOFF_MS,
    )
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            await consumer.start()
        yield Replay(consumer, embedded=address.embedded)
    finally:
        await consumer.stop()
