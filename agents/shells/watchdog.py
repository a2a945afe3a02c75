"""Ends a worker that hangs, from a thread with a loop and a client of its own."""

import asyncio
import logging
import os
from collections.abc import Callable, Mapping
from threading import Thread
from typing import Protocol

from agents.reducers.worker.watchdog import Place, Seen, Watch, step
from schemas.topics import Topic
from streams.log.interface import AWAY, Log
from streams.log.replay import Replay, replay
from streams.running import steady_s

# Six looks within PATIENCE_MS of agents.reducers.worker.watchdog: one that was late ends nobody
LOOK_EVERY_S = 2.5
# Two looks: a process that was stopped for longer must stand still for as many looks as any other
MOST_COUNTED_MS = 5_000
# A log that is away counts against nobody; that it is back is seen before the next look is due
RETRY_S = 1.0
# EX_TEMPFAIL of sysexits.h: try again
EXIT_CODE = 75

log = logging.getLogger(__name__)


def end_process(reason: str) -> None:
    """Say why, and end the process without asking anything that may hang."""
    log.critical("the worker hangs: %s; ending it, so that it is started again", reason)
    logging.shutdown()
    os._exit(EXIT_CODE)


class Watched(Protocol):
    """What is watched; asked from the watchdog's thread.

    `turns` counts the turns of its loop, `joined` says whether its group has given it its part.
    """

    turns: int
    joined: bool

    def folded(self) -> dict[Place, int]:
        """The next offset to fold of each of its places."""
        ...


class Watchdog(Thread):
    """Compares what is folded with the ends of the log every few seconds."""

    def __init__(
        self,
        log: Log,
        watched: Watched,
        watch: Watch | None = None,
        give_up: Callable[[str], None] = end_process,
    ) -> None:
        super().__init__(name="watchdog", daemon=True)
        self._log = log
        self._watched = watched
        self._watch = watch or Watch()
        self._give_up = give_up
        self._looked_at: float | None = None
        self.ends: Mapping[Place, int] = {}
        self.answered = False

    def run(self) -> None:
        """Watch until the process ends."""
        asyncio.run(self._run())

    async def _run(self) -> None:
        while True:
            try:
                async with replay(self._log) as reader:
                    while True:
                        self._judge(await self._look(reader))
                        await asyncio.sleep(LOOK_EVERY_S)
            except AWAY:
                self._judge(None)
                await asyncio.sleep(RETRY_S)

    async def _look(self, reader: Replay) -> Seen:
        folded, ends = self._watched.folded(), dict[Place, int]()
        for topic in {Topic.BROADCASTS, *(topic for topic, _ in folded)}:
            partitions = {0} | {number for held, number in folded if held == topic}
            found = await reader.ends(topic, partitions)
            ends |= {(topic, number): end for number, end in found.items()}
        self.ends = {place: end for place, end in ends.items() if place in folded}
        return Seen(folded, self.ends, self._watched.turns, self._watched.joined)

    def _judge(self, seen: Seen | None) -> None:
        now = steady_s()
        passed_s = now - (now if self._looked_at is None else self._looked_at)
        passed_ms = min(MOST_COUNTED_MS, int(passed_s * 1_000))
        self._looked_at, self.answered = now, seen is not None
        reason = step(self._watch, seen, passed_ms)
        if reason is not None:
            self._give_up(reason)
