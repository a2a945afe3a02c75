"""Keeps one role running: starts it, asks after its health, and starts it again."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from signal import strsignal

from tribune.supervise.effort import Looks
from tribune.supervise.liveness import BackOff, Health, Life, Patience, step
from tribune.supervise.probes import Probe
from tribune.supervise.process import Process
from tribune.supervise.screen import Screen

STARTING_PROBE_S = 0.1  # a start waits for the slowest role: so much of it is spent unnoticed
PROBE_S = 1.0  # a fifteenth of the silence that is looked for (Patience)


@dataclass(frozen=True, slots=True)
class Role:
    """What to run, how to ask after it, and where people find it.

    One that was never well is tried `tries` times (0: for good), and not again after EX_CONFIG:
    then it has said what a person must do. `explain` says what to do about its last lines. One that
    has a `spare` is taken over by a process that has loaded everything while it was well.
    """

    name: str
    command: tuple[str, ...]
    probe: Probe
    address: str = ""
    tries: int = 0
    explain: Callable[[Iterable[str]], str | None] = lambda _: None
    patience: Patience = field(default_factory=Patience)
    spare: bool = False


@dataclass(frozen=True, slots=True)
class RoleContext:
    """What all roles share: where process ids lie, the screen, and whether the servers are well."""

    run_dir: Path
    screen: Screen
    environment: Mapping[str, str]
    servers_well: Callable[[], Awaitable[bool]]


class RoleRunner:
    """Runs a role's process until `stop`; `ready` says that it is well, `gave_up` that it is not
    tried any more.

    With `begins`, a process loads everything at once, and begins when that is set.
    """

    def __init__(
        self, role: Role, context: RoleContext, begins: asyncio.Event | None = None
    ) -> None:
        self.role = role
        self.ready = asyncio.Event()
        self.gave_up = asyncio.Event()
        self.problems: tuple[str, ...] = ()
        self._context = context
        self._stopping = asyncio.Event()
        self._process: Process | None = None
        self._begins = begins
        self._spare: asyncio.Task[Process] | None = None
        if begins is not None:
            self._load_one()
        self._task = asyncio.create_task(self._keep_all(), name=role.name)

    async def stop(self, within_s: float) -> bool:
        """Stop the role; false when it had to be killed."""
        self._stopping.set()
        in_time = True
        if self._process is not None:
            in_time = await self._process.stop(within_s)
        await self._task
        return in_time

    def kill(self) -> None:
        """Kill the role now, and do not start it again."""
        self._stopping.set()
        if self._process is not None:
            self._process.kill()

    def _say(self, text: str) -> None:
        self._context.screen.line(self.role.name, text)

    async def _keep_all(self) -> None:
        try:
            await self._keep()
        finally:
            if self._spare is not None:
                spare = await self._spare
                spare.kill()
                await spare.wait()

    async def _keep(self) -> None:
        if self._begins is not None:
            await first_of([self._begins, self._stopping])
        back_off = BackOff()
        clock = asyncio.get_running_loop().time
        tries, was_ready = 0, False
        while not self._stopping.is_set():
            began = clock()
            code = await self._try_to_live()
            was_ready |= self.ready.is_set()
            self.ready.clear()
            if self._stopping.is_set():
                return
            tries += 1
            ended = self._say_why(code)
            if not was_ready and (code == os.EX_CONFIG or tries == self.role.tries):
                self._say(ended)
                self.gave_up.set()
                return
            wait_s = back_off.wait_s(clock() - began)
            self._say(f"{ended}; starting it again {f'in {wait_s:.1f} s' if wait_s else 'at once'}")
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._stopping.wait()

    def _say_why(self, code: int) -> str:
        lines = self._process.last_lines if self._process is not None else ()
        if advice := self.role.explain(lines):
            self._say(advice)
        return _ended(code)

    async def _try_to_live(self) -> int:
        try:
            return await self._live()
        except OSError as error:
            self._say(f"cannot be started: {error}")
            return 127  # as shells have it: no such command

    async def _live(self) -> int:
        process = self._process = await self._next()
        if self._stopping.is_set():
            process.kill()
        watching = asyncio.create_task(self._watch(process))
        try:
            return await process.wait()
        finally:
            watching.cancel()
            await asyncio.wait([watching])

    async def _next(self) -> Process:
        spare, self._spare = self._spare, None
        if spare is not None and (process := await spare).go():
            return process
        return await self._start()

    def _load_one(self) -> None:
        self._spare = asyncio.create_task(self._start(waits=True))

    async def _start(self, *, waits: bool = False) -> Process:
        name, command, context = self.role.name, self.role.command, self._context
        return await Process.start(
            name, command, context.environment, context.run_dir, context.screen, waits=waits
        )

    async def _watch(self, process: Process) -> None:
        clock = asyncio.get_running_loop().time
        life, looks = Life(clock()), Looks(process.pid)
        while True:
            seen = await self.role.probe()
            self._tell(seen)
            servers_well = not seen.problems or await self._context.servers_well()
            at, patience = clock(), self.role.patience
            is_busy = life.answered and not seen.answered and looks.is_busy(at)
            verdict = step(life, seen, at, patience, servers_well=servers_well, is_busy=is_busy)
            if verdict in ("silent", "unwell"):
                self._say(f"{_WHY[verdict]}; killing it")
                process.kill()
                return
            await asyncio.sleep(PROBE_S if self.ready.is_set() else STARTING_PROBE_S)

    def _tell(self, seen: Health) -> None:
        if self.ready.is_set() and seen.problems != self.problems:
            self._say("; ".join(seen.problems) if seen.problems else "well again")
        self.problems = seen.problems
        if seen.is_well:
            self.ready.set()
            if self.role.spare and self._spare is None:
                self._load_one()


_WHY = {
    "silent": "does not answer any more",
    "unwell": "has been unwell for too long while its servers are well",
}


def _ended(code: int) -> str:
    if code < 0:
        return f"was ended by signal {-code} ({strsignal(-code)})"
    return f"ended with exit code {code}"


async def first_of(events: Iterable[asyncio.Event], within_s: float | None = None) -> None:
    """Wait for the first of some events, or for a time."""
    tasks = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait(tasks, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
