"""From the log to ClickHouse: one task collects batches, one writes them, in order, one at a time.

Nothing is acknowledged: where to go on is what ClickHouse holds (docs/decisions).
"""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import NamedTuple, TypeVar

from clickhouse_connect.driver.exceptions import ClickHouseError, OperationalError

from streams.archive.batches import Batch, Written, tell_apart
from streams.archive.config import Limits
from streams.archive.letters import Letters
from streams.archive.metrics import Metrics
from streams.archive.positions import Position
from streams.archive.reader import Reader, Stuck
from streams.archive.rows import BoardVersion
from streams.archive.store import AWAY, Store
from streams.log.interface import AWAY as LOG_GONE
from streams.log.interface import Place
from streams.running import now_ms, steady_s

LOG_AWAY = (*LOG_GONE, Stuck)
# Half a day of one board that moves four times a second, at 200 bytes each
BOARDS_KNOWN = 200_000
# Twice the hour for which the log keeps boards: none that is read anew is written twice
BOARDS_SINCE_S = 7_200
# A stop is seen within this, however long a batch may gather
LOOK_MS = 500

Answer = TypeVar("Answer")
log = logging.getLogger(__name__)


class Job(NamedTuple):
    """A batch on its way into ClickHouse."""

    batch: Batch
    written: Written


class Archivist:
    """Moves all that the reader reads into the store.

    A batch is written again until ClickHouse has taken it, and the next one waits; meanwhile no
    more is read than two batches ahead.
    """

    def __init__(
        self,
        reader: Reader,
        store: Store,
        letters: Letters,
        metrics: Metrics,
        limits: Limits,
        *,
        now_ms: Callable[[], int] = now_ms,
    ) -> None:
        self._reader = reader
        self._store = store
        self._letters = letters
        self._metrics = metrics
        self._limits = limits
        self._now_ms = now_ms
        self._batch = Batch(limits)
        self._pending: list[Batch] = []
        # one waits while one is written: the log is the queue, not this process
        self._jobs: asyncio.Queue[Job | None] = asyncio.Queue(maxsize=1)
        self._boards: dict[tuple[str, int], None] = {}
        self._archived: dict[Place, Position] = {}
        self._is_open = False
        self._failing_since: float | None = None
        self._failure = ""
        metrics.behind.set_function(lambda: reader.behind() + self._unwritten())
        metrics.oldest_s.set_function(self.oldest_s)

    async def run(self, stop: asyncio.Event) -> None:
        """Archive until `stop`; then write all that the log holds, as far as it goes in time.

        Raises:
            AnotherLog: ClickHouse holds another log than this one.
        """
        stopped = asyncio.create_task(stop.wait())
        tasks = {asyncio.create_task(self._write()), asyncio.create_task(self._collect(stop))}
        try:
            await asyncio.wait({stopped, *tasks}, return_when=asyncio.FIRST_COMPLETED)
            # who never reached ClickHouse has read nothing that could be lost
            if stop.is_set() and (self._is_open or self._failing_since is None):
                _, late = await asyncio.wait(tasks, timeout=self._limits.drain_s)
                if late:
                    log.warning("stopped before all was in ClickHouse: %s", self._rest())
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            for task in (stopped, *tasks):
                task.cancel()
            await asyncio.gather(stopped, *tasks, return_exceptions=True)
            await self._reader.stop()

    def problems(self) -> list[str]:
        """What is wrong, in words for an operator."""
        found = [problem] if (problem := self._reader.problem()) else []
        if self._failing_since is not None:
            since_s = steady_s() - self._failing_since
            found.append(f"ClickHouse has taken nothing for {since_s:.0f} s: {self._failure}")
        elif self.oldest_s() > self._limits.behind_s:
            found.append(f"behind: {self._rest()}")
        return found

    def oldest_s(self) -> float:
        """Seconds since the oldest message was written that was read and is not in ClickHouse."""
        oldest = [at for batch in (*self._pending, self._batch) if (at := batch.oldest_at())]
        return max(0.0, (self._now_ms() - min(oldest)) / 1000) if oldest else 0.0

    def _unwritten(self) -> int:
        return sum(len(batch.messages) for batch in (*self._pending, self._batch))

    def _rest(self) -> str:
        waiting = self._reader.behind() + self._unwritten()
        return f"{waiting:,} messages are not in ClickHouse, the oldest for {self.oldest_s():.0f} s"

    async def _collect(self, stop: asyncio.Event) -> None:
        await self._open()
        while not stop.is_set():
            await self._take()
        await self._know_ends()
        while self._reader.behind():
            await self._take()
        await self._pass_on()
        await self._jobs.put(None)

    async def _open(self) -> None:
        if ran := await self._insist(self._store.prepare):
            log.info("ClickHouse: made %s", ", ".join(ran))
        self._archived = await self._insist(self._store.positions)
        known = await self._insist(lambda: self._store.known_boards(BOARDS_SINCE_S))
        self._boards = dict.fromkeys(known)
        await self._connect()
        self._is_open = True

    async def _take(self) -> None:
        batch, now = self._batch, steady_s()
        try:
            # not longer: a stop is only seen in between
            read = await self._reader.read(min(batch.wait_ms(now), LOOK_MS), batch.room())
        except LOG_AWAY as error:
            log.warning("the log: %s; connecting anew", error or repr(error))
            await self._reader.stop()
            await self._connect()
            return
        self._batch.add(read, steady_s())
        if self._batch.is_due(steady_s()):
            await self._pass_on()

    async def _connect(self) -> None:
        while True:
            try:
                return await self._reader.start(self._archived)
            except LOG_AWAY as error:
                log.warning("the log: %s; trying again", error or repr(error))
            await self._reader.stop()
            await asyncio.sleep(self._limits.longest_retry_s / 2)

    async def _know_ends(self) -> None:
        try:
            await self._reader.know_ends()
        except LOG_AWAY as error:
            log.warning("the log does not say where it ends: %s", error or repr(error))

    async def _pass_on(self) -> None:
        batch, self._batch = self._batch, Batch(self._limits)
        if batch.messages:
            self._pending.append(batch)
            # in a thread: decoding 10,000 messages here would hold up the reader, and the health
            written = await asyncio.to_thread(tell_apart, batch.messages, self._now_ms())
            written.boards = [board for board in written.boards if self._is_new(board)]
            await self._jobs.put(Job(batch, written))

    def _is_new(self, board: BoardVersion) -> bool:
        """Boards are said again every few seconds, with the same number when nothing changed."""
        known = (board.board, board.seq) in self._boards
        self._boards[board.board, board.seq] = None
        if len(self._boards) > BOARDS_KNOWN:
            del self._boards[next(iter(self._boards))]
        return not known

    async def _write(self) -> None:
        while (job := await self._jobs.get()) is not None:
            with self._metrics.insert_s.time():
                await self._insist(partial(self._store.insert, job.written, self._now_ms()))
            self._pending.remove(job.batch)
            self._count(job)
            # after the insert: the message that a letter names is in the archive by then
            self._letters.post(job.written.letters)

    def _count(self, job: Job) -> None:
        self._metrics.batch.observe(len(job.batch.messages))
        for message in job.batch.messages:
            self._metrics.messages.labels(str(message.topic)).inc()
        for letter in job.written.letters:
            self._metrics.unreadable.labels(letter.topic).inc()

    async def _insist(self, call: Callable[[], Answer]) -> Answer:
        """Call it in a thread until ClickHouse has done it: the same again, whatever came of it."""
        pause_s = self._limits.retry_s
        while True:
            try:
                answer = await asyncio.to_thread(call)
            except AWAY as error:
                self._note(error)
            else:
                if self._failing_since is not None:
                    log.info("ClickHouse takes what it is given again")
                self._failing_since = None
                return answer
            # anew: a connection that failed may be in the midst of another call's answer
            await asyncio.to_thread(self._store.close)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, self._limits.longest_retry_s)

    def _note(self, error: BaseException) -> None:
        self._failure = what_happened(error)
        self._metrics.retries.inc()
        if self._failing_since is None:
            self._failing_since = steady_s()
            log.warning("ClickHouse does not take what it is given: %s", self._failure)


def what_happened(error: BaseException) -> str:
    """An error of ClickHouse or of the way to it, without the content that it may quote."""
    code, name = getattr(error, "code", None), getattr(error, "name", None)
    if code:
        return f"it answers with code {code} ({name})"
    if isinstance(error, ClickHouseError) and not isinstance(error, OperationalError):
        return f"it answers with {type(error).__name__}"
    return f"it does not answer ({type(error).__name__})"
