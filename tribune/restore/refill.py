"""Puts the archived facts back into an empty embedded broker, each at its old offset.

While it runs no role does. Afterwards `log_opened` says which incarnation of the log this is.
"""

import asyncio
import logging
import time
from collections.abc import Iterable
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import RecordMetadata

from schemas.addresses import KafkaAddress
from schemas.catalogue import CATALOGUE, FACT_TOPICS
from schemas.facts import BroadcastsFact, LogOpened, Offsets
from schemas.topics import Topic
from schemas.wire import Unreadable, decode, encode
from tribune.restore.archived import Archive, Fact, Held

BATCH_BYTES = 1 << 19

log = logging.getLogger(__name__)


class CannotRefill(RuntimeError):
    """The log cannot be as it was; the text says what is missing and what to do."""


async def refill(broker: KafkaAddress, archive: Archive, incarnation_file: Path) -> int:
    """Refill an empty broker from the archive; gives how many facts went back.

    Raises:
        CannotRefill: a fact is missing in the archive, or the broker is not empty.
        KafkaError, OSError: the broker or ClickHouse failed; begin again with an empty broker.
    """
    began = time.monotonic()
    held = [entry for entry in await _held(archive) if entry.topic in FACT_TOPICS]
    await _check_whole(archive, held)
    await _check_ends(broker, [])
    producer = AIOKafkaProducer(**broker.producer_options(), max_batch_size=BATCH_BYTES)
    await producer.start()
    try:
        writers = [Writer(producer, entry) for entry in held]
        for writer in writers:
            async for facts in archive.facts(writer.held.topic, writer.held.partition):
                await writer.write(facts)
            await writer.finish()
        await _check_ends(broker, held)
        archived = max((writer.incarnation for writer in writers), default=0)
        incarnation = _next_incarnation(archived, incarnation_file)
        await _open_log(producer, incarnation, _ends_of_votes(held))
    finally:
        await producer.stop()
    count = sum(entry.facts for entry in held)
    log.info(
        "%s facts are back at their places, in %.1f s; this is incarnation %d of the log",
        f"{count:,}",
        time.monotonic() - began,
        incarnation,
    )
    return count


async def _held(archive: Archive) -> list[Held]:
    return await archive.held() if await archive.exists() else []


async def _check_whole(archive: Archive, held: Iterable[Held]) -> None:
    for entry in held:
        if entry.facts != entry.next_offset:
            first = await archive.first_missing(entry.topic, entry.partition)
            raise CannotRefill(
                f"the archive holds {entry.facts:,} facts of {entry.topic}, partition "
                f"{entry.partition}, but the last one has offset {entry.next_offset - 1:,}: the "
                f"first that is missing has offset {first:,}. The facts after it cannot go back "
                "to their places, and no number could be proved any more. Bring back the data "
                "folder from a copy, or begin a new log: set `data` to another folder"
            )


async def _check_ends(broker: KafkaAddress, held: Iterable[Held]) -> None:
    wanted = {
        TopicPartition(str(entry.topic), entry.partition): entry.next_offset for entry in held
    }
    partitions = [
        TopicPartition(str(topic), number)
        for topic in FACT_TOPICS
        for number in range(CATALOGUE[topic].partitions)
    ]
    consumer: AIOKafkaConsumer = AIOKafkaConsumer(**broker.client_options())
    await consumer.start()
    try:
        ends = await consumer.end_offsets(partitions)
    finally:
        await consumer.stop()
    for partition, end in ends.items():
        if end != wanted.get(partition, 0):
            raise CannotRefill(
                f"{partition.topic}, partition {partition.partition} ends at {end}, not at "
                f"{wanted.get(partition, 0)}: something else writes to the embedded broker; "
                "stop it and start again"
            )


class Writer:
    """Writes one partition's facts in large batches, and checks where each of them lands.

    The last fact goes alone: Tansu 0.6.0 tells as the end of a partition the offset after the first
    message of the last batch, not after its last (ListOffsets).
    """

    def __init__(self, producer: AIOKafkaProducer, held: Held) -> None:
        self.held = held
        self.incarnation = 0
        self._producer = producer
        self._next = 0
        self._batch: BatchBuilder | None = None
        self._began_at = 0
        self._sent: list[tuple[int, asyncio.Future[RecordMetadata]]] = []

    async def write(self, facts: Iterable[Fact]) -> None:
        """Add facts that follow the last one."""
        for fact in facts:
            if fact.offset != self._next:
                raise CannotRefill(f"{self._name} goes on at {fact.offset}, not at {self._next}")
            is_last = fact.offset == self.held.next_offset - 1
            if is_last or self._batch is None or not self._append(self._batch, fact):
                await self._send()
                self._batch, self._began_at = self._producer.create_batch(), fact.offset
                self._append(self._batch, fact)
            self._next += 1
            if self.held.topic is Topic.BROADCASTS:
                self.incarnation = max(self.incarnation, _incarnation(fact.value))

    async def finish(self) -> None:
        """Wait until all of it is in the log, where it was."""
        await self._send()
        for began_at, sent in self._sent:
            landed = (await sent).offset
            if landed != began_at:
                raise CannotRefill(f"{self._name}: offset {began_at} landed at {landed}")

    @property
    def _name(self) -> str:
        return f"{self.held.topic}, partition {self.held.partition}"

    def _append(self, batch: BatchBuilder, fact: Fact) -> bool:
        added = batch.append(key=fact.key, value=fact.value, timestamp=fact.at)
        return added is not None

    async def _send(self) -> None:
        if self._batch is not None:
            self._batch.close()
            sent = await self._producer.send_batch(
                self._batch, str(self.held.topic), partition=self.held.partition
            )
            self._sent.append((self._began_at, sent))
        self._batch = None


def _incarnation(value: bytes | None) -> int:
    try:
        fact = decode(value, BroadcastsFact)
    except Unreadable:
        return 0
    return fact.incarnation if isinstance(fact, LogOpened) else 0


def _next_incarnation(archived: int, file: Path) -> int:
    """The number after every one that was ever used, also by a log whose opening got lost."""
    noted = int(file.read_text(encoding="ascii")) if file.exists() else 0
    number = max(archived, noted) + 1
    draft = file.with_suffix(".new")
    draft.write_text(f"{number}\n", encoding="ascii")
    draft.replace(file)
    return number


def _ends_of_votes(held: Iterable[Held]) -> Offsets:
    ends = {str(number): 0 for number in range(CATALOGUE[Topic.VOTES].partitions)}
    return ends | {
        str(entry.partition): entry.next_offset for entry in held if entry.topic is Topic.VOTES
    }


async def _open_log(producer: AIOKafkaProducer, incarnation: int, votes_to: Offsets) -> None:
    at = time.time_ns() // 1_000_000
    fact = LogOpened(at=at, by="refill", incarnation=incarnation, votes_to=votes_to)
    await producer.send_and_wait(str(Topic.BROADCASTS), encode(fact), partition=0)
