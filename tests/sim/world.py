"""A world of simulated processes round one log, made from a seed."""

import asyncio
import contextvars
import logging
import time
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any

from aiokafka.errors import KafkaTimeoutError

from streams.log.memory import MemoryBroker, MemoryLog
from tests.sim.loop import VirtualLoop
from tests.sim.process import CURRENT, Clock, Process
from tests.sim.trace import Trace
from tests.sim.weather import CALM, Sky, Weather

Main = Callable[[], Coroutine[Any, Any, None]]

CLEARS_S = 10.0
"""What waits behind a message without an ack waits for 2.5 s, and may have to a second time."""

log = logging.getLogger(__name__)


class Exits(Exception):
    """A process ends as it is meant to, for its supervisor to start it again."""


def now_ms() -> int:
    """The wall clock of the process that asks, ms."""
    return time.time_ns() // 1_000_000


class World:
    """What a run holds.

    Each part has a chance of its own (`chance_of`), so that a new part changes no other's luck.
    `crashes` are the processes that ended by a failure of their own.
    """

    def __init__(self, seed: int, loop: VirtualLoop, *, told: bool = False) -> None:
        self.seed = seed
        self.loop = loop
        self.trace = Trace(loop, told)
        self.broker = MemoryBroker()
        self.weather: Weather = CALM
        self.processes: list[Process] = []
        self.ways: dict[Process, MemoryLog] = {}
        self.crashes: list[str] = []
        self.is_broker_away = False
        self.is_calm = False
        self._slow_until_s = 0.0
        self.console_clock = Clock()
        self.parted: set[str] = set()
        self.disturbed: list[float] = []
        self.roles: dict[Process, object] = {}

    def chance_of(self, part: str) -> Random:
        """The luck of a part of the world."""
        return Random(f"{self.seed}/{part}")

    def now_ms(self) -> int:
        """The world's own time, ms since the epoch."""
        return int(self.loop.world.clock.wall_s(self.loop.now_s) * 1_000)

    def way(self, process: Process) -> MemoryLog:
        """A process's way to the log."""
        if process not in self.ways:
            sky = Sky(self.chance_of(f"sky of {process.number}"), self.weather)
            self.ways[process] = way = MemoryLog(self.broker, now_ms=now_ms, faults=sky)
            if self.is_broker_away or process.post in self.parted:
                way.cut()
        return self.ways[process]

    def set_weather(self, weather: Weather) -> None:
        """Change the weather for everybody."""
        if self.weather.is_slow:
            self._slow_until_s = self.loop.now_s + CLEARS_S
        self.weather = weather
        for way in self.ways.values():
            if isinstance(way.faults, Sky):
                way.faults.weather = weather

    @property
    def is_slow(self) -> bool:
        """Whether a word may need longer than usual to be heard, or to be said at all."""
        return self.weather.is_slow or self.loop.now_s < self._slow_until_s

    def start(self, name: str, main: Callable[[Process], Any], clock: Clock) -> Process:
        """Start a process; when its main part fails, it is dead, and that is a crash."""
        process = Process(name, len(self.processes) + 1, clock)
        self.processes.append(process)
        self.trace.note(f"starts {name}")
        process.context = contextvars.copy_context()
        process.context.run(CURRENT.set, process)
        process.main = self.loop.create_task(main(process), context=process.context.copy())
        process.main.add_done_callback(lambda task: self._ended(process, task))
        return process

    def _ended(self, process: Process, task: "asyncio.Task[None]") -> None:
        if process.is_dead:
            return
        error = None if task.cancelled() else task.exception()
        self.trace.note(f"{process.name} ends: {error!r}")
        if error is not None and not _is_exit(error):
            self.crashes.append(f"{process.name} at {self.loop.now_s:.3f} s: {error!r}")
            log.error("%s ends", process.name, exc_info=error)
        self.loop.kill(process)

    def kill(self, process: Process) -> None:
        """End a process as kill -9 does."""
        self.trace.note(f"kill -9 {process.name}")
        self.disturbed.append(self.loop.now_s)
        self.loop.kill(process)

    def freeze(self, process: Process) -> None:
        """Stop a process as SIGSTOP does."""
        self.trace.note(f"freeze {process.name}")
        self.disturbed.append(self.loop.now_s)
        self.loop.freeze(process)

    def thaw(self, process: Process) -> None:
        """Let it go on."""
        if not process.is_dead:
            self.trace.note(f"thaw {process.name}")
            self.disturbed.append(self.loop.now_s)
            self.loop.thaw(process)

    async def ask(
        self, process: Process, work: Callable[[], Coroutine[Any, Any, Any]], within_s: float
    ) -> Any:
        """Have another process do something, over a network.

        Raises:
            TimeoutError: no answer came; it may be done all the same.
        """
        answer: asyncio.Future[Any] = self.loop.create_future()

        def settle(task: "asyncio.Task[Any]") -> None:
            if answer.done():
                return
            if task.cancelled():
                return
            error = task.exception()
            if error is not None:
                answer.set_exception(error)
            else:
                answer.set_result(task.result())

        def begin() -> None:
            task = self.loop.create_task(work())
            task.add_done_callback(settle)

        if not process.is_dead:
            self.loop.call_soon(begin, context=process.context.copy())
        async with asyncio.timeout(within_s):
            return await answer


def _is_exit(error: BaseException) -> bool:
    """Whether a process, or every task of it that failed, ended as it is meant to."""
    if isinstance(error, BaseExceptionGroup):
        return all(_is_exit(each) for each in error.exceptions)
    return isinstance(error, Exits)


async def acked(sent: asyncio.Future[Any], within_s: float) -> None:
    """Wait for an ack, as aiokafka does.

    Raises:
        KafkaTimeoutError: none came in time.
    """
    try:
        async with asyncio.timeout(within_s):
            await asyncio.shield(sent)
    except TimeoutError:
        raise KafkaTimeoutError("no ack came") from None
