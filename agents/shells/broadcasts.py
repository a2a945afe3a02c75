"""A worker's own fold of `broadcasts`, from its start on, by a plain reader."""

import asyncio
import logging
from collections.abc import Callable

from aiokafka.errors import KafkaError

from agents.reducers.rounds import Broadcasts, step
from agents.shells.replay import Record, replay
from schemas.addresses import KafkaAddress
from schemas.facts import BroadcastsFact
from schemas.topics import Topic
from schemas.wire import Unreadable, decode

RETRY_S = 0.5

log = logging.getLogger(__name__)


def fold(state: Broadcasts, offset: int, value: bytes | None) -> list[str]:
    """Fold one message of `broadcasts`; one that cannot be read touches nothing.

    Returns:
        The ids of the rounds that it touched.
    """
    try:
        fact: BroadcastsFact | None = decode(value, BroadcastsFact)
    except Unreadable:
        fact = None
    return step(state, offset, fact)


class BroadcastsReader:
    """Keeps the fold up to date, and says when it moved, and which rounds were touched."""

    def __init__(self, address: KafkaAddress, moved: Callable[[list[str]], None]) -> None:
        self._address = address
        self._tell = moved
        self._moved = asyncio.Condition()
        self.state = Broadcasts()

    async def reach(self, end: int) -> None:
        """Wait until everything before an offset is folded."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.state.folded_to >= end)

    async def run(self) -> None:
        """Follow for good; a log that is away is tried again."""
        while True:
            try:
                async with replay(self._address) as reader:
                    async for records in reader.follow(Topic.BROADCASTS, self.state.folded_to):
                        await self._take(records)
            except (KafkaError, OSError, TimeoutError) as error:
                log.warning("%s: %s; trying again", Topic.BROADCASTS, error or repr(error))
                await asyncio.sleep(RETRY_S)

    async def _take(self, records: list[Record]) -> None:
        touched = {
            round_id
            for record in records
            for round_id in fold(self.state, record.offset, record.value)
        }
        self._tell(sorted(touched & self.state.rounds.keys()))
        async with self._moved:
            self._moved.notify_all()
