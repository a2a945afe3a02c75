"""Follows a topic of one partition: from its start (or its last messages) on, for good."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord

from schemas.addresses import FETCH_WAIT_MS, KafkaAddress, longer_wait_ms
from schemas.topics import Topic
from streams.log.consumers import let_go

PROBE_S = 0.5
PROBE_TIMEOUT_S = 1.5
SEEK_TIMEOUT_S = 5.0
RETRY_S = 1.0
STARVED_S = 2.0

log = logging.getLogger(__name__)


class Follower:
    """Hands every message of a one-partition topic to `handle`, in order, exactly once a life.

    The embedded broker answers nothing when it did not find the next message within the wait that
    a fetch allows; who gets nothing though there is something allows more.

    `last` starts that many messages before the end instead of at the start, for soft state; who is
    `patient` asks the embedded broker less often for what may come a tenth of a second later.
    `caught_up` turns true when the end that was seen at the start has been handled.
    """

    def __init__(
        self,
        address: KafkaAddress,
        topic: Topic,
        handle: Callable[[ConsumerRecord[bytes, bytes]], None],
        *,
        last: int | None = None,
        patient: bool = False,
    ) -> None:
        self._address = address
        self._fetch_wait_ms = FETCH_WAIT_MS if patient else address.fetch_wait_ms
        self._partition = TopicPartition(str(topic), 0)
        self._handle = handle
        self._last = last
        self._next: int | None = None
        self._end = 0
        self._moved = 0.0
        self._heard: float | None = None
        self.caught_up = False

    def silence_s(self) -> float:
        """Seconds since the log was heard of last; infinite before the first time."""
        return float("inf") if self._heard is None else time.monotonic() - self._heard

    def problem(self, silent_s: float = 2.0) -> str | None:
        """What is wrong, in words for an operator, or None."""
        if self._heard is None:
            return f"{self._partition.topic}: the log at {self._address.bootstrap} does not answer"
        if self.silence_s() > silent_s:
            return (
                f"{self._partition.topic}: nothing heard from the log for {self.silence_s():.1f} s"
            )
        return None if self.caught_up else f"{self._partition.topic}: still catching up"

    async def run(self) -> None:
        """Follow until cancelled; a broker that is away is tried again."""
        while True:
            try:
                await self._follow()
            except (KafkaError, OSError, TimeoutError) as error:
                log.warning("%s: %s; trying again", self._partition.topic, error or repr(error))
                await asyncio.sleep(RETRY_S)

    async def _follow(self) -> None:
        consumer: AIOKafkaConsumer = AIOKafkaConsumer(
            **self._address.client_options(),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=self._fetch_wait_ms,
        )
        probe: asyncio.Task[None] | None = None
        try:
            await consumer.start()
            consumer.assign([self._partition])
            end = await self._seek(consumer)
            self._heard = self._moved = time.monotonic()
            probe = asyncio.create_task(self._probe(consumer))
            while True:
                self.caught_up = self.caught_up or (self._next or 0) >= end
                fetched = await consumer.getmany(timeout_ms=200, max_records=5_000)
                for record in fetched.get(self._partition, []):
                    self._handle(record)
                    self._next = record.offset + 1
                self._check_moves(bool(fetched))
        finally:
            if probe is not None:
                probe.cancel()
                with suppress(asyncio.CancelledError):
                    await probe
            await let_go(consumer)

    async def _seek(self, consumer: AIOKafkaConsumer) -> int:
        async with asyncio.timeout(SEEK_TIMEOUT_S):
            ends = await consumer.end_offsets([self._partition])
            starts = await consumer.beginning_offsets([self._partition])
        end, start = ends[self._partition], starts[self._partition]
        first = start if self._last is None else max(start, end - self._last)
        # what it has not read may be kept no more
        self._next = first if self._next is None else max(start, self._next)
        consumer.seek(self._partition, self._next)
        self._end = end
        return end

    def _check_moves(self, has_read: bool) -> None:
        waiting, now = self._end - (self._next or 0), time.monotonic()
        if has_read or waiting <= 0:
            self._moved = now
        elif now - self._moved > STARVED_S:
            self._fetch_wait_ms = longer_wait_ms(self._fetch_wait_ms)
            raise TimeoutError(f"{waiting:,} messages wait, and none comes")

    async def _probe(self, consumer: AIOKafkaConsumer) -> None:
        while True:
            with suppress(KafkaError, OSError, TimeoutError):
                async with asyncio.timeout(PROBE_TIMEOUT_S):  # wait_for of 3.11 may eat a cancel
                    ends = await consumer.end_offsets([self._partition])
                self._end, self._heard = ends[self._partition], time.monotonic()
            await asyncio.sleep(PROBE_S)
