"""Starts everything in order, keeps it running, and stops it in order."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from tribune.supervise.crew import ROLE_STEPS, SERVER_STEP, Crew
from tribune.supervise.liveness import BackOff
from tribune.supervise.plan import WHAT, Plan, accepts
from tribune.supervise.process import Process
from tribune.supervise.role_runner import RoleContext, RoleRunner
from tribune.supervise.screen import Screen

# As a child may take to answer at all (Patience): seconds, on a busy machine a minute
SERVERS_READY_WITHIN_S = 120.0
# With BackOff's waits the last comes after 13 s: a server that was starting is there by then
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
        self._context = RoleContext(run_dir, screen, environment, self._servers_well)
        self._crew = Crew(self._context)
        self._servers: list[RoleRunner] = []
        self._own_servers_accept = accepts(plan.own_servers)
        self._opening: Process | None = None
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
        if self._opening is not None:
            self._opening.kill()
        self._crew.kill()

    async def _stopped(self) -> int:
        await self.stop.wait()
        return 0

    async def _played(self, play: Callable[[], Awaitable[int]]) -> int:
        await self._is_up.wait()
        return await play()

    async def _lives(self) -> int:
        """Start the servers, open the log, start the roles; then all of them are kept.

        The roles load while the log is opened: before, they would take the processor from Java.
        """
        began, opened = self._clock(), asyncio.Event()
        self._servers = [self._crew.keep(role) for role in self._plan.servers]
        parts = [asyncio.create_task(part) for part in (self._load_roles(opened), self._open_log())]
        try:
            await asyncio.gather(*parts)
        finally:
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)
        opened.set()
        await self._crew.await_ready([self._crew.keep(role) for role in self._plan.roles])
        self._tell_that_it_is_up(self._clock() - began)
        if self._plan.train is not None:
            await self._run_once("train", self._plan.train)
        return await asyncio.Event().wait()

    async def _load_roles(self, opened: asyncio.Event) -> None:
        """Wait for the servers, then have every role load; it begins when the log is open."""
        if not await self._crew.await_ready(self._servers, SERVERS_READY_WITHIN_S):
            raise CannotStart("the embedded servers do not start; the lines above say why")
        for role in self._plan.roles:
            self._crew.keep(role, opened)

    async def _open_log(self) -> None:
        """Have users, rights and topics made, and what a new log must hold put into it."""
        if not self._plan.open_log:
            return
        back_off, code = BackOff(), os.EX_TEMPFAIL
        for tries_left in reversed(range(TRIES)):
            code = await self._run_once("open-log", self._plan.open_log)
            if code != os.EX_TEMPFAIL or not tries_left:
                break
            await asyncio.sleep(back_off.wait_s(0))
        if code:
            raise CannotStart("the log cannot be opened; the lines above say why")

    async def _run_once(self, name: str, command: tuple[str, ...]) -> int:
        context = self._context
        process = self._opening = await Process.start(
            name, command, context.environment, context.run_dir, context.screen
        )
        try:
            return await process.wait()
        finally:
            process.kill()

    def _tell_that_it_is_up(self, took_s: float) -> None:
        self._crew.say(f"everything is up, after {took_s:.1f} s")
        self._is_up.set()
        for role in (*self._plan.servers, *self._plan.roles):
            self._crew.say(f"  {role.name:<10} {role.address:<24} {WHAT[role.name]}")
            if role.name == "console":
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
