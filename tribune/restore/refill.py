"""Puts what the archive holds and the log has not back into the log, each fact at its old offset.

While it runs no role does. Afterwards `log_opened` says which incarnation of the log this is.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from aiokafka import AIOKafkaProducer

from schemas.addresses import KafkaAddress
from schemas.catalogue import FACT_TOPICS, read_or_none
from schemas.facts import LogOpened, Offsets
from schemas.topics import Topic
from schemas.wire import encode
from streams.log.kafka import KafkaLog
from streams.log.replay import Replay, replay
from tribune.restore.archived import Archive, Held
from tribune.restore.check import (
    CannotRefill,
    check_finals,
    check_gives,
    check_same,
    check_whole,
)
from tribune.restore.writer import BATCH_BYTES, Writer

Ends = dict[tuple[Topic, int], int]

log = logging.getLogger(__name__)


async def refill(
    broker: KafkaAddress, archive: Archive, incarnation_file: Path, *, must_be_empty: bool = False
) -> int:
    """Put back what is missing, and begin the next incarnation; gives how many facts went back.

    Broken off, it may be done again: it goes on where the log ends.

    Raises:
        CannotRefill: a fact is missing in the archive, or the log is another one, or not empty; or
            a final board of the archive is not what its facts give.
        KafkaError, OSError: the broker or ClickHouse failed; do it again.
    """
    began = time.monotonic()
    held = [entry for entry in await archive.held() if entry.topic in FACT_TOPICS]
    await check_gives(archive, held)
    await check_whole(archive, held)
    async with replay(KafkaLog(broker)) as reader, _producer(broker) as producer:
        ends = await ends_of(reader)
        if must_be_empty:
            _check_empty(broker, ends)
        await check_same(reader, archive, held, ends)
        if held and not any(ends.values()):
            await check_finals(archive.address)
        count = await _put_back(broker, producer, archive, held, ends)
        ends = await ends_of(reader) if count else ends
        used = await _used_incarnation(reader, ends)
        incarnation = await asyncio.to_thread(_next_incarnation, used, incarnation_file)
        fact = _log_opened(incarnation, ends)
        await producer.send_and_wait(broker.topic(Topic.BROADCASTS), encode(fact), partition=0)
    log.info(
        "%s archived facts went back to their places, in %.1f s; this is incarnation %d of the log",
        f"{count:,}",
        time.monotonic() - began,
        incarnation,
    )
    return count


async def ends_of(reader: Replay) -> Ends:
    """The next offset of every partition that holds facts."""
    return await reader.all_ends(FACT_TOPICS)


def _check_empty(broker: KafkaAddress, ends: Ends) -> None:
    for (topic, number), end in ends.items():
        if end:
            raise CannotRefill(
                f"the log at {broker.bootstrap} is not empty: {broker.topic(topic)}, partition "
                f"{number} holds {end:,} facts. An archive is restored into an empty log only: "
                "name another cluster, or put a [kafka] prefix before its topics"
            )


async def _put_back(
    broker: KafkaAddress,
    producer: AIOKafkaProducer,
    archive: Archive,
    held: Iterable[Held],
    ends: Ends,
) -> int:
    missing = [entry for entry in held if ends[entry.topic, entry.partition] < entry.next_offset]
    count = 0
    for entry in missing:
        start = ends[entry.topic, entry.partition]
        writer = Writer(producer, broker.topic(entry.topic), entry, start)
        async for facts in archive.facts(entry.topic, entry.partition, start):
            await writer.write(facts)
        await writer.finish()
        count += entry.next_offset - start
    return count


@asynccontextmanager
async def _producer(broker: KafkaAddress) -> AsyncGenerator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(**broker.producer_options(), max_batch_size=BATCH_BYTES)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def _used_incarnation(reader: Replay, ends: Ends) -> int:
    """The greatest incarnation that the log says of itself; 0 of a new one."""
    stretch = {0: (0, ends[Topic.BROADCASTS, 0])}
    used = 0
    async for _, records in reader.read(Topic.BROADCASTS, stretch):
        used = max(used, *(_incarnation(record.value) for record in records))
    return used


def _log_opened(incarnation: int, ends: Ends) -> LogOpened:
    """What begins the next incarnation: the one after every other that was ever used."""
    votes: Offsets = {str(n): end for (topic, n), end in ends.items() if topic is Topic.VOTES}
    at = time.time_ns() // 1_000_000
    return LogOpened(at=at, by="refill", incarnation=incarnation, votes_to=votes)


def _incarnation(value: bytes | None) -> int:
    fact = read_or_none(Topic.BROADCASTS, value)
    return fact.incarnation if isinstance(fact, LogOpened) else 0


def _next_incarnation(used: int, file: Path) -> int:
    """Note the number before it is used: also a log whose opening got lost has used its own."""
    noted = int(file.read_text(encoding="ascii")) if file.exists() else 0
    number = max(used, noted) + 1
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".new")
    draft.write_text(f"{number}\n", encoding="ascii")
    draft.replace(file)
    return number
