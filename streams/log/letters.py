"""Writes each unreadable message's position into `dead-letters`, once however often it is met.

The archive has letters of its own (`streams.archive.letters`): it knows from ClickHouse which were
written, also after the topic has forgotten them.
"""

import asyncio
import logging
from collections.abc import Callable

from schemas.dead_letters import DeadLetter
from schemas.topics import Topic
from schemas.wire import encode
from streams.log.interface import AWAY, Log
from streams.log.producer import LogProducer, LogUnavailable
from streams.log.replay import replay

# Nobody waits for a letter; at this pace a log that is away is not asked too often.
RETRY_S = 0.5
# Some 50 MB: who meets more is reading another program's topic, and the first ones say so.
MOST_OWED = 100_000

log = logging.getLogger(__name__)


class Letters:
    """Letters that are owed by a role; one that stands in the topic already is not written again.

    `counted` is told of each that is new here.
    """

    def __init__(
        self,
        log: Log,
        by: str,
        now_ms: Callable[[], int],
        counted: Callable[[Topic], None],
    ) -> None:
        self._log = log
        self._by = by
        self._now_ms = now_ms
        self._counted = counted
        self._owed: dict[bytes, DeadLetter] = {}
        self._known: set[bytes] = set()
        self._read_to = 0
        self._work = asyncio.Event()

    def owe(self, topic: Topic, partition: int, offset: int, reason: str) -> None:
        """Note a message that could not be read."""
        letter = DeadLetter(str(topic), partition, offset, reason, self._by, self._now_ms())
        is_new = letter.key not in self._known and letter.key not in self._owed
        if is_new and len(self._owed) < MOST_OWED:
            log.warning("%s: not readable: %s", letter.key.decode(), reason)
            self._owed[letter.key] = letter
            self._counted(topic)
            self._work.set()

    async def run(self) -> None:
        """Write what is owed, for good."""
        while True:
            await self._work.wait()
            self._work.clear()
            try:
                await self._catch_up()
                await self._write()
            except (*AWAY, LogUnavailable) as error:
                log.warning("%s: %s; trying again", Topic.DEAD_LETTERS, error or repr(error))
                await asyncio.sleep(RETRY_S)
                self._work.set()

    async def _catch_up(self) -> None:
        async with replay(self._log) as reader:
            start = (await reader.starts(Topic.DEAD_LETTERS, [0]))[0]
            end = (await reader.ends(Topic.DEAD_LETTERS, [0]))[0]
            stretch = (max(start, self._read_to), end)
            async for _, records in reader.read(Topic.DEAD_LETTERS, {0: stretch}):
                self._known.update(record.key for record in records if record.key)
            self._read_to = max(end, self._read_to)

    async def _write(self) -> None:
        """Write by a producer of its own: letters are so rare that none is kept for them."""
        producer = LogProducer(self._log)
        await producer.start()
        try:
            for key, letter in [*self._owed.items()]:
                if key not in self._known:
                    await producer.send(Topic.DEAD_LETTERS, encode(letter), key=key)
                    self._known.add(key)
                self._owed.pop(key, None)
        finally:
            await producer.stop()
