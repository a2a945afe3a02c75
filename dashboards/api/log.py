"""The console's side of the log: its own fold of `broadcasts`, and its writes to it."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord

from agents.reducers.rounds import Broadcasts, step
from dashboards.api.errors import unavailable
from schemas.addresses import KafkaAddress
from schemas.facts import BroadcastsFact
from schemas.topics import SPECS, Topic
from schemas.wire import Unreadable, decode, encode
from streams.follower import Follower
from streams.producer import LogProducer, LogUnavailable

FOLD_WITHIN_S = 5.0
ENDS_WITHIN_S = 5.0

FACTS: Any = BroadcastsFact

log = logging.getLogger(__name__)


class BroadcastsLog:
    """Folds `broadcasts`, and writes facts to it, one after the other.

    `state` is what the log said so far. Within `turn` nothing else of this console writes, so what
    was judged by `state` still holds when it is written.
    """

    def __init__(self, address: KafkaAddress) -> None:
        self.state = Broadcasts()
        self._address = address
        self._producer = LogProducer(address)
        self._follower = Follower(address, Topic.BROADCASTS, self._fold)
        self._turn = asyncio.Lock()
        self._moved = asyncio.Event()

    async def run(self) -> None:
        """Follow the log until cancelled."""
        await self._producer.start()
        try:
            await self._follower.run()
        finally:
            await self._producer.stop()

    def problem(self) -> str | None:
        """What is wrong, in words for an operator, or None."""
        return self._follower.problem()

    async def caught_up(self) -> None:
        """Wait until what was in the log at the start is folded."""
        while not self._follower.caught_up:  # noqa: ASYNC110
            await asyncio.sleep(0.05)

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[Broadcasts]:
        """Judge and write without another write between.

        Raises:
            Refused: 503: this console does not know what the log says.
        """
        async with self._turn:
            if problem := self.problem():
                raise unavailable(problem)
            yield self.state

    async def write(self, fact: BroadcastsFact, key: str) -> None:
        """Write a fact; returns when the log has it and `state` holds it.

        Raises:
            Refused: 503: the log did not take it, or did not give it back, in time.
        """
        try:
            offset = await self._producer.send(
                Topic.BROADCASTS, encode(fact), key=key.encode(), partition=0
            )
            await asyncio.wait_for(self._folded(offset), FOLD_WITHIN_S)
        except LogUnavailable as error:
            raise unavailable(
                f"not known whether this was written: {error}; look, then try again"
            ) from None
        except TimeoutError:
            raise unavailable(
                "this was written, but this console has not read it back yet; look again"
            ) from None

    async def ends_of_votes(self) -> dict[str, int]:
        """The end offsets of `votes` now, by partition.

        Raises:
            Refused: 503: the log does not answer.
        """
        try:
            return await asyncio.wait_for(_ends(self._address, Topic.VOTES), ENDS_WITHIN_S)
        except (KafkaError, OSError, TimeoutError) as error:
            raise unavailable(f"the log does not say where `votes` ends: {error!r}") from None

    async def _folded(self, offset: int) -> None:
        while self.state.folded_to <= offset:
            await self._moved.wait()

    def _fold(self, record: ConsumerRecord[bytes, bytes]) -> None:
        try:
            fact = decode(record.value, FACTS)
        except Unreadable as error:
            log.warning("broadcasts at %d cannot be read: %s", record.offset, error.reason)
            fact = None
        step(self.state, record.offset, fact)
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()


async def _ends(address: KafkaAddress, topic: Topic) -> dict[str, int]:
    consumer: AIOKafkaConsumer = AIOKafkaConsumer(**address.client_options())
    await consumer.start()
    try:
        partitions = [TopicPartition(str(topic), n) for n in range(SPECS[topic].partitions)]
        ends = await consumer.end_offsets(partitions)
        return {str(partition.partition): end for partition, end in ends.items()}
    finally:
        await consumer.stop()
