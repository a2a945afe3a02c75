"""Writes each unreadable message's position into `dead-letters`, once however often it is met."""

import asyncio
import logging
from collections.abc import Callable

from agents.shells.metrics import Metrics
from agents.shells.speaker import Send, Word
from schemas.dead_letters import DeadLetter
from schemas.topics import Topic
from schemas.wire import encode
from streams.log.interface import AWAY, Log
from streams.log.replay import replay

RETRY_S = 0.5

log = logging.getLogger(__name__)


class DeadLetters:
    """Letters that are owed; one that stands in the topic already is not written again."""

    def __init__(
        self, log: Log, send: Send, metrics: Metrics, by: str, now_ms: Callable[[], int]
    ) -> None:
        self._log = log
        self._send = send
        self._metrics = metrics
        self._by = by
        self._now_ms = now_ms
        self._owed: dict[bytes, DeadLetter] = {}
        self._known: set[bytes] = set()
        self._read_to = 0
        self._work = asyncio.Event()

    def owe(self, topic: Topic, partition: int, offset: int, reason: str) -> None:
        """Note a message that could not be read."""
        at = self._now_ms()
        letter = DeadLetter(str(topic), partition, offset, reason, self._by, at)
        if letter.key not in self._known and letter.key not in self._owed:
            self._owed[letter.key] = letter
            self._work.set()

    async def run(self) -> None:
        """Write what is owed, for good."""
        while True:
            await self._work.wait()
            self._work.clear()
            try:
                await self._catch_up()
                await self._write()
            except AWAY as error:
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
        for key, letter in [*self._owed.items()]:
            if key not in self._known:
                await self._send(Word(Topic.DEAD_LETTERS, key, encode(letter)))
                self._known.add(key)
                self._metrics.dead_letters.inc()
                log.warning("%s: not readable: %s", key.decode(), letter.reason)
            self._owed.pop(key, None)
