"""Starts everything in order, keeps it running, and stops it in order (DESIGN, Refill)."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from pathlib import Path
from typing import TypeVar

from tribune.supervise.crew import READERS, ROLE_STEPS, SERVER_STEP, Crew
from tribune.supervise.keeper import House, Keeper
from tribune.supervise.plan import WHAT, Plan, accepts
from tribune.supervise.process import Process
from tribune.supervise.screen import Screen
from tribune.supervise.watch import BackOff

Result = TypeVar("Result")

LOG_AWAY = "log.away"
SERVERS_READY_WITHIN_S = 120.0
TRIES = 8


class CannotStart(RuntimeError):
    """What must run before the roles does not; the text says what to do."""


class Supervisor:
    """Everything of one `tribune up`; `run` lasts until `stop` is set, or until `play` ends."""

    def __init__(
        self, plan: Plan, run_dir: Path, screen: Screen, environment: Mapping[str, str]
    ) -> None:
        self.stop = asyncio.Event()
        self._plan = plan
        self._log_away = run_dir / LOG_AWAY
        self._house = House(run_dir, screen, environment, self._servers_well)
        self._crew = Crew(self._house)
        self._servers: list[Keeper] = []
        self._own_servers_accept = accepts(plan.own_servers)
        self._refill: Process | None = None
        self._clock = asyncio.get_running_loop().time
        self._is_up = asyncio.Event()

    async def run(self, play: Callable[[], Awaitable[int]] | None = None) -> int:
        """Start, keep, and stop; `play` runs once everything is up. Gives the exit code.

        That is 1 also if a role had to be killed at the end, unless something was played: then it
        is what came of that.
        """
        tasks = [asyncio.create_task(self._lives()), asyncio.create_task(self._stopped())]
        if play is not None:
            tasks.append(asyncio.create_task(self._played(play)))
        done, others = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in others:
            task.cancel()
        await asyncio.wait(tasks)
        in_order = await self._stop_everything()
        was_played = play is not None and tasks[-1] in done
        return max(self._exit_code(task) for task in done) or int(not (in_order or was_played))

    def kill(self) -> None:
        """Kill everything now."""
        if self._refill is not None:
            self._refill.kill()
        self._crew.kill()

    async def _stopped(self) -> int:
        await self.stop.wait()
        return 0

    async def _played(self, play: Callable[[], Awaitable[int]]) -> int:
        await self._is_up.wait()
        return await play()

    async def _lives(self) -> int:
        """Run one life of the log after the other; without an embedded broker there is but one.

        The stage lives on between them, for its deadlines; it leaves the log alone meanwhile.
        """
        while True:
            began = self._clock()
            self._take_log_away(self._plan.broker is not None)
            log_died = await self._begin_log()
            self._take_log_away(False)
            roles = [self._crew.keep(role) for role in self._plan.roles]
            await _unless(log_died, self._crew.await_ready(roles))
            if not log_died.is_set():
                self._tell_that_it_is_up(self._clock() - began)
            await log_died.wait()
            self._take_log_away(True)
            self._crew.say("the embedded broker died: all roles stop, then the log is refilled")
            await self._crew.stop(READERS)

    async def _begin_log(self) -> asyncio.Event:
        """Start the servers and refill the log, until that succeeds; gives the log's death."""
        back_off = BackOff()
        for _ in range(TRIES):
            roles = (self._plan.clickhouse, self._plan.broker)
            self._servers = [self._crew.keep(role) for role in roles if role is not None]
            broker = self._servers[-1] if self._plan.broker else None
            log_died = broker.died if broker else asyncio.Event()
            ready = self._crew.await_ready(self._servers, SERVERS_READY_WITHIN_S)
            if await _unless(log_died, ready) and (broker is None or await self._refilled(broker)):
                return log_died
            if broker is not None:
                await broker.stop(1.0)
            await asyncio.sleep(back_off.wait_s(0))
        raise CannotStart("the embedded servers do not start; the lines above say why")

    def _take_log_away(self, is_away: bool) -> None:
        if is_away:
            self._log_away.touch()
        else:
            self._log_away.unlink(missing_ok=True)

    async def _refilled(self, broker: Keeper) -> bool:
        """Put the facts back; false when that must be tried again with an empty broker."""
        house = self._house
        self._refill = await Process.start(
            "refill", self._plan.refill, house.environment, house.run_dir, house.screen
        )
        try:
            code = await _unless(broker.died, self._refill.wait())
        finally:
            self._refill.kill()
        if code not in (None, 0, os.EX_TEMPFAIL):
            raise CannotStart("the log cannot be refilled; the lines above say why")
        return code == 0

    def _tell_that_it_is_up(self, took_s: float) -> None:
        self._crew.say(f"everything is up, after {took_s:.1f} s")
        if self._is_up.is_set():
            return
        self._is_up.set()
        for role in (self._plan.broker, self._plan.clickhouse, *self._plan.roles):
            if role is not None:
                self._crew.say(f"  {role.name:<10} {role.address:<24} {WHAT[role.name]}")
            if role is not None and role.name == "console":
                self._crew.say(f"  {'':<10} {role.address}/operator is the operator's desk")
        self._crew.say("Ctrl-C stops everything in order; twice: at once")

    async def _servers_well(self) -> bool:
        return all(server.ready.is_set() for server in self._servers) and (
            await self._own_servers_accept()
        )

    async def _stop_everything(self) -> bool:
        if not self._crew:
            return True
        began = self._clock()
        self._crew.say("stopping")
        in_order = await self._crew.stop(*ROLE_STEPS, SERVER_STEP)
        self._crew.say(f"stopped, after {self._clock() - began:.1f} s")
        return in_order

    def _exit_code(self, task: "asyncio.Task[int]") -> int:
        error = task.exception()
        if isinstance(error, CannotStart):
            self._crew.say(str(error))
            return 1
        if error is not None:
            raise error
        return task.result()


async def _unless(event: asyncio.Event, work: Coroutine[None, None, Result]) -> Result | None:
    """Do some work, but give it up (None) when an event comes first."""
    tasks = (asyncio.create_task(work), asyncio.create_task(event.wait()))
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return tasks[0].result() if tasks[0].done() else None
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
