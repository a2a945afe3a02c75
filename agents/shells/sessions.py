"""The sessions agent: answers each command of `sessions` with one fact, in their order."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress

from agents.reducers.live_state import LiveState, decide, step_broadcasts, step_sessions
from agents.shells.agent import Means, Task
from agents.shells.speaker import ACKED_WITHIN_S, Word
from schemas.catalogue import read
from schemas.facts import BroadcastsFact
from schemas.sessions import SessionCommand, SessionsMessage
from schemas.topics import Topic
from schemas.wire import Unreadable, encode
from streams.log.interface import AWAY
from streams.log.replay import Replay

# Half of what makes a Go too late (LATE_MS of agents.reducers.commands): then it is judged by what
# is known
LOADED_WITHIN_S = 1.0
# What the log took comes back within milliseconds; after that the command is judged anew
FOLDED_WITHIN_S = 5.0
# Some tries while a Go is still good (2 s)
RETRY_S = 0.2

log = logging.getLogger(__name__)


class Sessions:
    """A folder of `sessions`, for the one worker that has it.

    A command is answered when nothing before it waits any more: each is judged by all that was
    decided before. Should two workers answer one, the first fact wins wherever it is folded.
    """

    topic = Topic.SESSIONS

    def __init__(self, means: Means) -> None:
        self._send = means.send
        self._now_ms = means.now_ms
        self._dead_letters = means.letters
        self._metrics = means.metrics
        self._followed = means.followed
        self._state = LiveState()
        self._is_current = False
        self._moved = asyncio.Event()
        means.followed.listen(Topic.BROADCASTS, self._hear_broadcasts)

    @property
    def tasks(self) -> Sequence[Task]:
        """Answering commands."""
        return [self.answer]

    async def starts(self, reader: Replay, partitions: set[int]) -> dict[int, int]:
        """Go on where the fold stands, with all that is loaded by now."""
        await self._followed.reach_ends(reader, [Topic.BROADCASTS])
        return dict.fromkeys(partitions, self._state.folded_to.sessions)

    def begin(self, partition: int, start: int) -> None:
        """Keep what is folded: an offset that comes again changes nothing."""

    def fold(self, partition: int, offset: int, value: bytes | None) -> None:
        """Fold one command or fact."""
        message: SessionsMessage | None = None
        try:
            message = read(self.topic, value)
        except Unreadable as unreadable:
            self._dead_letters.owe(self.topic, partition, offset, unreadable.reason)
        step_sessions(self._state, offset, message)
        self._moved.set()

    def passed(self, partition: int, end: int, seconds: float) -> None:
        """Answer what waits from here on."""
        self._is_current = True
        self._moved.set()

    def drop(self, partition: int) -> None:
        """Another worker answers from here on."""
        self._is_current = False
        self._moved.set()

    async def answer(self) -> None:
        """Answer commands, for good; what the log did not take is judged anew."""
        while True:
            command = next(iter(self._state.waiting.values()), None) if self._is_current else None
            if command is None:
                await self._moving()
                continue
            try:
                await self._answer(command)
            except AWAY as error:
                log.warning("%s: no answer yet: %r; trying again", command.command, error)
                await asyncio.sleep(RETRY_S)

    async def _answer(self, command: SessionCommand) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(LOADED_WITHIN_S):
                await self._followed.reach(Topic.BROADCASTS, command.broadcasts_to)
        fact = decide(self._state, command, self._now_ms())
        async with asyncio.timeout(ACKED_WITHIN_S):
            await self._send(Word(self.topic, command.broadcast.encode(), encode(fact)))
        self._metrics.commands.labels(str(type(fact).__struct_config__.tag)).inc()
        async with asyncio.timeout(FOLDED_WITHIN_S):
            while command.id in self._state.waiting and self._is_current:
                await self._moving()

    async def _moving(self) -> None:
        self._moved.clear()
        await self._moved.wait()

    def _hear_broadcasts(self, offset: int, fact: BroadcastsFact | None) -> None:
        step_broadcasts(self._state, offset, fact)
