"""Reads stretches of the log with a plain consumer: to fold anew, to catch up, to see the ends."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager

from schemas.catalogue import CATALOGUE
from schemas.topics import Topic
from streams.log.interface import Consumer, Log, Place, Record

# A broker that is well answers within milliseconds, one that was just restarted within seconds.
ANSWER_WITHIN_S = 10.0
# Longer than a broker's restart takes: what is broken off is read from its start again.
SILENT_S = 15.0
# After a seek aiokafka lets the fetch run out that is on its way: no longer than this.
FETCH_WAIT_MS = 100
# Some 20 ms of folding: whoever reads shares its loop with the live stream.
FETCH_BYTES = 256 << 10
BACKOFF_MS = 20  # so long aiokafka sleeps when it is first asked after a topic


class Replay:
    """A plain consumer of no group, for one stretch of work."""

    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer

    async def starts(self, topic: Topic, partitions: Iterable[int]) -> dict[int, int]:
        """The oldest offset that each partition still holds."""
        async with asyncio.timeout(ANSWER_WITHIN_S):
            found = await self._consumer.beginning_offsets(_places(topic, partitions))
        return {number: offset for (_, number), offset in found.items()}

    async def ends(self, topic: Topic, partitions: Iterable[int]) -> dict[int, int]:
        """The next offset of each partition."""
        async with asyncio.timeout(ANSWER_WITHIN_S):
            found = await self._consumer.end_offsets(_places(topic, partitions))
        return {number: offset for (_, number), offset in found.items()}

    async def all_ends(self, topics: Iterable[Topic]) -> dict[Place, int]:
        """The next offset of each partition of some topics, in one question."""
        places = [place for topic in topics for place in _all_of(topic)]
        async with asyncio.timeout(ANSWER_WITHIN_S):
            return await self._consumer.end_offsets(places)

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
        self._consumer.assign(_places(topic, ends))
        for number in ends:
            self._consumer.seek((topic, number), stretches[number][0])
        clock = asyncio.get_running_loop().time
        heard_s = clock()
        while ends:
            # of all places: what is left lying holds up aiokafka's next fetch for 0.1 s
            fetched = await self._consumer.getmany(timeout_ms=1_000)
            if not fetched and clock() - heard_s > SILENT_S:
                raise TimeoutError(f"{topic}: no answer for {SILENT_S:.0f} s")
            heard_s = clock() if fetched else heard_s
            for (_, number), records in fetched.items():
                end = ends.get(number, 0)
                if records[-1].offset + 1 >= end:
                    ends.pop(number, None)
                if records[0].offset < end:
                    yield number, [record for record in records if record.offset < end]


def _all_of(topic: Topic) -> list[Place]:
    return _places(topic, range(CATALOGUE[topic].partitions))


def _places(topic: Topic, partitions: Iterable[int]) -> list[Place]:
    return [(topic, number) for number in partitions]


@asynccontextmanager
async def replay(log: Log) -> AsyncGenerator[Replay]:
    """Open a plain consumer for a stretch of work.

    Raises:
        KafkaError, OSError, TimeoutError: the log is away.
    """
    consumer = log.consumer(
        wait_ms=FETCH_WAIT_MS, partition_bytes=FETCH_BYTES, backoff_ms=BACKOFF_MS
    )
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            await consumer.start()
        yield Replay(consumer)
    finally:
        await consumer.stop()
