"""Dead letters of the archive: one for each message that it cannot read, by its position."""

import asyncio
import logging
from collections.abc import Iterable

from schemas.dead_letters import DeadLetter
from schemas.topics import Topic
from schemas.wire import encode
from streams.archive.store import AWAY, Store
from streams.log.producer import LogProducer, LogUnavailable

# A letter hurries nobody; the log or ClickHouse is away when this waits
RETRY_S = 1.0

log = logging.getLogger(__name__)


class Letters:
    """Letters on their way; one whose position is in ClickHouse already is not written again."""

    def __init__(self, producer: LogProducer, store: Store) -> None:
        self._producer = producer
        self._store = store
        self._waiting: asyncio.Queue[DeadLetter] = asyncio.Queue()
        self._written: set[bytes] = set()
        self._writing: asyncio.Task[None] | None = None

    def post(self, letters: Iterable[DeadLetter]) -> None:
        """Take letters to be written."""
        for letter in letters:
            self._waiting.put_nowait(letter)

    def start(self) -> None:
        """Begin to write them; what the log does not take is tried again."""
        self._writing = asyncio.create_task(self._write())

    async def stop(self, within_s: float) -> None:
        """Wait until all are written, at most so long."""
        try:
            async with asyncio.timeout(within_s):
                await self._waiting.join()
        except TimeoutError:
            log.warning("some dead letters could not be written; the next start writes them")
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)

    async def _write(self) -> None:
        while True:
            letter = await self._waiting.get()
            if not await self._is_done(letter):
                self._waiting.put_nowait(letter)
                await asyncio.sleep(RETRY_S)
            self._waiting.task_done()

    async def _is_done(self, letter: DeadLetter) -> bool:
        if letter.key in self._written:
            return True
        try:
            if not await asyncio.to_thread(self._store.has_letter, letter):
                await self._producer.send(Topic.DEAD_LETTERS, encode(letter), key=letter.key)
        except (*AWAY, LogUnavailable):
            return False
        self._written.add(letter.key)
        return True
