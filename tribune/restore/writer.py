"""Writes one partition's archived facts in large batches, and checks where each of them lands."""

import asyncio
from collections.abc import Iterable

from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import RecordMetadata

from tribune.restore.archived import Fact, Held
from tribune.restore.check import CannotRefill

# Half of what a broker takes at once by its default.
BATCH_BYTES = 1 << 19


class Writer:
    """Continues a partition from the offset `start` up to what the archive holds of it."""

    def __init__(self, producer: AIOKafkaProducer, topic: str, held: Held, start: int) -> None:
        self._producer = producer
        self._topic = topic
        self._held = held
        self._next = start
        self._batch: BatchBuilder | None = None
        self._began_at = start
        self._sent: list[tuple[int, asyncio.Future[RecordMetadata]]] = []

    async def write(self, facts: Iterable[Fact]) -> None:
        """Add facts that follow the last one."""
        for fact in facts:
            if fact.offset != self._next:
                raise CannotRefill(f"{self._name} goes on at {fact.offset}, not at {self._next}")
            if self._batch is None or not _append(self._batch, fact):
                await self._send()
                self._batch, self._began_at = self._producer.create_batch(), fact.offset
                _append(self._batch, fact)
            self._next += 1

    async def finish(self) -> None:
        """Wait until all of it is in the log, where it was.

        Raises:
            CannotRefill: the archive gave less than it said it holds, or somebody else writes.
        """
        await self._send()
        for began_at, sent in self._sent:
            landed = (await sent).offset
            if landed != began_at:
                raise CannotRefill(
                    f"{self._name}: offset {began_at} landed at {landed}: something else writes to "
                    "the log. Stop it, and begin again with an empty log"
                )
        if self._next != self._held.next_offset:
            raise CannotRefill(
                f"the archive holds {self._name} up to {self._held.next_offset}, but gives it only "
                f"up to {self._next}"
            )

    @property
    def _name(self) -> str:
        return f"{self._topic}, partition {self._held.partition}"

    async def _send(self) -> None:
        if self._batch is not None:
            self._batch.close()
            sent = await self._producer.send_batch(
                self._batch, self._topic, partition=self._held.partition
            )
            self._sent.append((self._began_at, sent))
        self._batch = None


def _append(batch: BatchBuilder, fact: Fact) -> bool:
    return batch.append(key=fact.key, value=fact.value, timestamp=fact.at) is not None
