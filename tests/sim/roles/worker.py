"""A worker without Faust: the real `Work` on the simulated group."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from agents.shells import work as shell
from agents.shells.config import WorkerConfig
from agents.shells.speaker import Word
from agents.shells.watchdog import Watchdog
from agents.shells.work import Work
from schemas.addresses import KafkaAddress
from schemas.topics import Topic
from streams.keys import group_key
from streams.log.interface import AWAY
from tests.sim.process import Process
from tests.sim.roles.gateway import SECRET
from tests.sim.roles.group import Group, Member, take_part
from tests.sim.world import Exits, World, acked

PRODUCER_WITHIN_S = 30.0
"""Faust's `producer_request_timeout` in `agents.worker`."""
CONFIG = WorkerConfig(KafkaAddress("simulated"), name="simulated", group_key=group_key(SECRET))


class Hangs(RuntimeError):
    """The watchdog ended the worker."""


class LoopWatchdog(Watchdog):
    """The watchdog's own work, as a task in the place of a thread."""

    def start(self) -> None:
        """Watch."""
        self._give_up = self._end
        self.ended = asyncio.get_running_loop().create_future()
        self.task = asyncio.create_task(self._run())

    def _end(self, reason: str) -> None:
        if not self.ended.done():
            self.ended.set_exception(Hangs(reason))


@contextmanager
def without_threads() -> Iterator[None]:
    """Have workers watch themselves from their loop."""
    with patch.object(shell, "Watchdog", LoopWatchdog):
        yield


class Worker:
    """One life of a worker."""

    def __init__(self, world: World, process: Process, group: Group) -> None:
        self._group = group
        self._log = world.way(process)
        self._producer = self._log.producer()
        member = Member(process, None, self._log, world.loop.now_s)  # pyright: ignore
        self.work = member.work = Work(CONFIG, self._log, self._send, member)
        self._member = member

    async def run(self) -> None:
        """Work for good.

        Raises:
            Hangs: it did not move though the log did.
            Exits: the log went away while it was connecting, as Faust's worker does.
        """
        await self.work.await_log()
        try:
            await self._producer.start()
        except AWAY as error:
            raise Exits(str(error)) from error
        tasks = self.work.start()
        watchdog = self.work._watchdog  # pyright: ignore[reportPrivateUsage]
        assert isinstance(watchdog, LoopWatchdog)
        part = asyncio.create_task(take_part(self._group, self._member))
        done, _ = await asyncio.wait(
            [*tasks, part, watchdog.ended], return_when=asyncio.FIRST_COMPLETED
        )
        for task in done:
            task.result()

    async def _send(self, word: Word) -> None:
        topic = Topic(word.topic)
        sent = await self._producer.send(topic, word.value, key=word.key, partition=None)
        await acked(sent, PRODUCER_WITHIN_S)
