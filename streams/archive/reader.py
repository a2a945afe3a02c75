"""Reads the log for the archive: every fact from where ClickHouse ends, boards and dead letters."""

import asyncio
import time
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord

from schemas.addresses import KafkaAddress, longer_wait_ms
from schemas.topics import Topic
from streams.archive.config import Limits
from streams.archive.positions import PLACES, Place, Position, go_on
from streams.archive.rows import Message
from streams.log.consumers import let_go
from streams.log.ends import true_ends

# A broker that takes longer is asked anew, perhaps another one
ANSWER_WITHIN_S = 5.0
# Half of `linger_ms`: a fetch that waits longer would hold back what a batch gathers
FETCH_WAIT_MS = 100


class Stuck(RuntimeError):
    """The log goes on, and the consumer reads nothing of it."""


class Reader:
    """One consumer of all partitions; `ends` is what is known of the log's end, `heard_s` when."""

    def __init__(self, address: KafkaAddress, limits: Limits) -> None:
        self._address = address
        self._limits = limits
        self._consumer: AIOKafkaConsumer | None = None
        self._probe: asyncio.Task[None] | None = None
        self._moved_s = time.monotonic()
        self._fetch_wait_ms = FETCH_WAIT_MS
        self.positions: dict[Place, int] = {}
        self.ends: dict[Place, int] = {}
        self.heard_s: float | None = None

    async def start(self, archived: Mapping[Place, Position]) -> None:
        """Begin where ClickHouse ends, or where this reader was before.

        Raises:
            AnotherLog: the log does not hold what comes next.
            KafkaError, OSError, TimeoutError: the log is away.
        """
        self._consumer = consumer = AIOKafkaConsumer(
            **self._address.client_options(),
            enable_auto_commit=False,
            auto_offset_reset="none",
            fetch_max_wait_ms=self._fetch_wait_ms,
            # twenty frames of 50 kB: what one partition brings must not hold up the others
            max_partition_fetch_bytes=1 << 20,
        )
        await consumer.start()
        partitions = [TopicPartition(str(topic), number) for topic, number in PLACES]
        consumer.assign(partitions)
        starts = await _places(consumer.beginning_offsets(partitions))
        self.ends = await _places(true_ends(consumer, partitions))
        for place, partition in zip(PLACES, partitions, strict=True):
            log_has = range(starts[place], self.ends[place])
            read_to, back = self.positions.get(place), self._limits.boards_back
            offset = go_on(place, log_has, archived.get(place), read_to, back)
            consumer.seek(partition, offset)
            self.positions[place] = offset
        self.heard_s = self._moved_s = time.monotonic()
        self._probe = asyncio.create_task(self._ask_ends())

    async def stop(self) -> None:
        """Let go of the log; `start` goes on where this ended."""
        if self._probe is not None:
            self._probe.cancel()
            with suppress(asyncio.CancelledError):
                await self._probe
        if self._consumer is not None:
            await let_go(self._consumer)
        self._probe = self._consumer = None

    async def read(self, wait_ms: int, most: int) -> list[Message]:
        """What the log holds next, as soon as there is something, up to so many messages.

        Raises:
            Stuck: there is more, but none has come for a long time.
            KafkaError, OSError: the log is away.
        """
        assert self._consumer is not None  # noqa: S101 - started
        fetched = await self._consumer.getmany(timeout_ms=wait_ms, max_records=most)
        messages = [message for records in fetched.values() for message in map(_message, records)]
        for message in messages:
            self.positions[message.topic, message.partition] = message.offset + 1
        if messages or self.behind() == 0:
            self._moved_s = time.monotonic()
        elif time.monotonic() - self._moved_s > self._limits.stuck_s:
            self._fetch_wait_ms = longer_wait_ms(self._fetch_wait_ms)
            raise Stuck(f"{self.behind():,} messages are waiting, and none comes")
        return messages

    def behind(self) -> int:
        """How many messages the log is known to hold that were not read."""
        return sum(max(0, end - self.positions.get(place, end)) for place, end in self.ends.items())

    async def know_ends(self) -> None:
        """Ask where the log ends now.

        Raises:
            KafkaError, OSError, TimeoutError: the log is away.
        """
        assert self._consumer is not None  # noqa: S101 - started
        partitions = [TopicPartition(str(topic), number) for topic, number in PLACES]
        ends = await _places(self._consumer.end_offsets(partitions))
        for place, partition in zip(PLACES, partitions, strict=True):
            # The embedded broker says too little, a fetch says the truth (streams.log.ends).
            seen = self._consumer.highwater(partition) or 0
            self.ends[place] = max(ends[place], seen, self.positions[place])
        self.heard_s = time.monotonic()

    def problem(self) -> str | None:
        """What is wrong with the log, in words for an operator, or None."""
        silent_s = time.monotonic() - self.heard_s if self.heard_s else None
        if silent_s is not None and silent_s <= self._limits.log_silent_s:
            return None
        said = "does not answer" if silent_s is None else f"was last heard {silent_s:.0f} s ago"
        return f"the log at {self._address.bootstrap} {said}"

    async def _ask_ends(self) -> None:
        while True:
            await asyncio.sleep(self._limits.probe_s)
            with suppress(KafkaError, OSError, TimeoutError):
                await self.know_ends()


def _message(record: ConsumerRecord[bytes, bytes]) -> Message:
    return Message(
        Topic(record.topic),
        record.partition,
        record.offset,
        record.timestamp,
        record.key,
        record.value,
    )


async def _places(
    asked: Coroutine[Any, Any, dict[TopicPartition, int]],
) -> dict[Place, int]:
    async with asyncio.timeout(ANSWER_WITHIN_S):
        answer = await asked
    return {(Topic(key.topic), key.partition): offset for key, offset in answer.items()}
