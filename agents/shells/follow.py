"""Follows a topic of one partition beside an agent's own, by a plain reader."""

import asyncio
import logging
from collections.abc import Callable

from aiokafka.errors import KafkaError

from schemas.addresses import KafkaAddress
from schemas.topics import Topic
from streams.log.replay import Record, replay

RETRY_S = 0.5

log = logging.getLogger(__name__)


class Follow:
    """Hands every message of a topic to `fold`, in order and once, from the first one on."""

    def __init__(self, address: KafkaAddress, topic: Topic, fold: Callable[[Record], None]) -> None:
        self._address = address
        self._topic = topic
        self._fold = fold
        self._moved = asyncio.Condition()
        self._folded_to = 0

    async def reach(self, end: int) -> None:
        """Wait until everything before an offset is folded."""
        async with self._moved:
            await self._moved.wait_for(lambda: self._folded_to >= end)

    async def run(self) -> None:
        """Follow for good; a log that is away is tried again."""
        while True:
            try:
                async with replay(self._address) as reader:
                    async for records in reader.follow(self._topic, self._folded_to):
                        await self._take(records)
            except (KafkaError, OSError, TimeoutError) as error:
                log.warning("%s: %s; trying again", self._topic, error or repr(error))
                await asyncio.sleep(RETRY_S)

    async def _take(self, records: list[Record]) -> None:
        for record in records:
            self._fold(record)
            self._folded_to = record.offset + 1
        async with self._moved:
            self._moved.notify_all()
