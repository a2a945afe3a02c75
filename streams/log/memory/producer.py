"""A writer to a log in memory."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiokafka.errors import KafkaError, MessageSizeTooLargeError, UnknownTopicOrPartitionError
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.structs import RecordMetadata, TopicPartition

from schemas.topics import Topic
from streams.log.interface import Place
from streams.log.memory.faults import Fate
from streams.log.memory.way import Way

# aiokafka's default `max_request_size`, and what Kafka's format adds to a message alone, at most.
MESSAGE_BYTES = 1_048_576
HEADER_BYTES = 100

choose_partition = DefaultPartitioner()


@dataclass(slots=True, eq=False)
class Sent:
    """A message on its way; the broker gets it when it `is_due`."""

    place: Place
    key: bytes | None
    value: bytes
    at: int
    fate: Fate
    acked: "asyncio.Future[RecordMetadata]"
    is_due: bool = False


class MemoryProducer:
    """Writes to each partition in order, whatever the messages' fates are."""

    def __init__(self, way: Way, linger_s: float) -> None:
        self._way = way
        self._linger_s = linger_s
        self._lanes: dict[Place, deque[Sent]] = {}
        self._unacked: dict[asyncio.Future[RecordMetadata], None] = {}
        self._held: list[tuple[asyncio.Future[RecordMetadata], RecordMetadata]] = []
        self._is_stopped = False

    async def start(self) -> None:
        """Connect."""
        await self._way.connect()
        self._way.mended[self._go_on] = None

    async def stop(self) -> None:
        """Fail what waits; what has left already is written all the same."""
        self._is_stopped = True
        if self._way.is_cut and not self._way.is_silent:
            self._lanes.clear()
        for acked in [*self._unacked]:
            self._fail(acked, KafkaError("this producer was replaced"))
        self._forget()

    async def send(
        self, topic: Topic, value: bytes, *, key: bytes | None, partition: int | None
    ) -> asyncio.Future[RecordMetadata]:
        """Take a message."""
        if len(value) + len(key or b"") + HEADER_BYTES > MESSAGE_BYTES:
            raise MessageSizeTooLargeError(f"{len(value):,} bytes are more than a message may have")
        numbers = list(range(self._way.broker.count(topic)))
        if not numbers:
            raise UnknownTopicOrPartitionError(topic)
        number = choose_partition(key, numbers, numbers) if partition is None else partition
        fate = self._way.faults.write(topic, number, value)
        loop = asyncio.get_running_loop()
        sent = Sent((topic, number), key, value, self._way.now_ms(), fate, loop.create_future())
        self._unacked[sent.acked] = None
        self._lanes.setdefault(sent.place, deque()).append(sent)
        _later(self._linger_s + fate.write_after_s, self._leave, sent)
        return sent.acked

    def _go_on(self) -> None:
        """Write what waited for the way to be mended, and hand out the acks."""
        held, self._held = self._held, []
        for acked, metadata in held:
            self._ack(acked, metadata)
        for place in [*self._lanes]:
            self._write(place)

    def _leave(self, sent: Sent) -> None:
        sent.is_due = True
        self._write(sent.place)

    def _write(self, place: Place) -> None:
        """Write all that is due at a partition; what is not keeps those behind it waiting."""
        lane = self._lanes.get(place)
        while lane and lane[0].is_due and not self._way.is_cut:
            sent = lane.popleft()
            if sent.fate.error is not None:
                self._fail(sent.acked, sent.fate.error)
                continue
            offsets = [
                self._way.broker.append(place, sent.key, sent.value, sent.at)
                for _ in range(sent.fate.copies)
            ]
            if offsets and sent.fate.ack_after_s is not None:
                where = TopicPartition(str(place[0]), place[1])
                metadata = RecordMetadata(*where, where, offsets[0], sent.at, 0, 0)
                _later(sent.fate.ack_after_s, self._ack, sent.acked, metadata)
        self._forget()

    def _ack(self, acked: asyncio.Future[RecordMetadata], metadata: RecordMetadata) -> None:
        if self._way.is_cut:
            self._held.append((acked, metadata))
        elif not acked.done():
            self._unacked.pop(acked, None)
            acked.set_result(metadata)

    def _fail(self, acked: asyncio.Future[RecordMetadata], error: Exception) -> None:
        self._unacked.pop(acked, None)
        if not acked.done():
            acked.set_exception(error)
            acked.exception()  # its sender may have gone, and asyncio would complain of that

    def _forget(self) -> None:
        if self._is_stopped and not any(self._lanes.values()):
            self._way.mended.pop(self._go_on, None)


def _later(after_s: float, call: Callable[..., None], *arguments: Any) -> None:
    """Call it then; at once means in the loop's next turn, in the order of these calls."""
    loop = asyncio.get_running_loop()
    if after_s > 0:
        loop.call_later(after_s, call, *arguments)
    else:
        loop.call_soon(call, *arguments)
