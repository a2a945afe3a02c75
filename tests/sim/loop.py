"""An event loop without an outside world: time jumps, and a seed says whose turn it is.

Within one process callbacks run in the order in which they were scheduled, as asyncio promises. In
between the processes there is no order in the world, so there a seed chooses it. Sets of tasks and
futures are the only other place where a run could differ from the same run: they are numbered.
"""

import asyncio
import heapq
import itertools
from collections.abc import Callable, Coroutine
from contextvars import Context
from random import Random
from typing import Any

from tests.sim.process import CURRENT, Process

MOST_TURNS_AT_ONCE = 200_000
"""More callbacks than this without any time passing: something spins."""


class Spins(AssertionError):
    """Callbacks call each other and no time passes."""


class Asleep(AssertionError):
    """Nothing will ever happen again, and the run is not over."""


class NumberedFuture(asyncio.Future[Any]):
    """A future whose place in a set does not depend on its address."""

    def __init__(self, loop: "VirtualLoop") -> None:
        self._number = next(loop.numbers)
        super().__init__(loop=loop)

    def __hash__(self) -> int:
        return self._number


class NumberedTask(asyncio.Task[Any]):
    """A task whose place in a set does not depend on its address."""

    def __init__(self, coro: Any, loop: "VirtualLoop", name: str | None, context: Any) -> None:
        self._number = next(loop.numbers)
        super().__init__(coro, loop=loop, name=name or f"task-{self._number}", context=context)

    def __hash__(self) -> int:
        return self._number


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs callbacks of simulated processes; `now_s` is the world's time, from 0 on.

    `digest` sums up whose turn it was when: two runs of one seed have the same.
    """

    def __init__(self, chance: Random) -> None:
        super().__init__()
        self.numbers = itertools.count(1)
        self.world = Process("world", 0)
        self.now_s = 0.0
        self.turns = 0
        self.digest = 0
        self.faults: list[dict[str, Any]] = []
        self.thread_s: Callable[[], tuple[float, float]] = lambda: (0.0, 0.0)
        self._chance = chance
        self._timers: list[tuple[float, int, Process, asyncio.TimerHandle]] = []
        self._runnable: list[Process] = []
        self._turns_at_once = 0
        self.set_exception_handler(lambda _, context: self.faults.append(context))

    def time(self) -> float:
        """The monotonic clock of the process that asks, s."""
        return CURRENT.get(self.world).clock.steady_s(self.now_s)

    def call_soon(
        self, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """Queue a callback behind those of its process."""
        handle = asyncio.Handle(callback, args, self, context)
        self._queue(self._owner(handle), handle)
        return handle

    call_soon_threadsafe = call_soon

    def call_at(
        self, when: float, callback: Callable[..., Any], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Run a callback at a time of its process's monotonic clock."""
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        owner = self._owner(handle)
        due = max(self.now_s, owner.clock.world_s(when))
        heapq.heappush(self._timers, (due, next(self.numbers), owner, handle))
        return handle

    def create_future(self) -> asyncio.Future[Any]:
        """Make a numbered future."""
        return NumberedFuture(self)

    def create_task(
        self, coro: Any, *, name: str | None = None, context: Context | None = None
    ) -> asyncio.Task[Any]:
        """Make a numbered task."""
        return NumberedTask(coro, self, name, context)

    def after(self, delay_s: float, callback: Callable[..., Any], *args: Any) -> None:
        """Have the world itself do something, whichever process asks for it."""
        handle = asyncio.TimerHandle(0.0, callback, args, self, Context())
        heapq.heappush(self._timers, (self.now_s + delay_s, next(self.numbers), self.world, handle))

    async def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride] - a thread is a turn of the loop
        """Do a thread's work in one turn; it takes as long as `thread_s` says.

        The work is done somewhere in that time, so that who is killed meanwhile may have done it.
        """
        before_s, after_s = self.thread_s()
        await asyncio.sleep(before_s)
        answer = func(*args)
        await asyncio.sleep(after_s)
        return answer

    def thaw(self, process: Process) -> None:
        """Let a process that was frozen go on."""
        process.is_frozen = False
        if process.ready:
            self._runnable.append(process)

    def freeze(self, process: Process) -> None:
        """Stop a process where it stands."""
        process.is_frozen = True
        if process in self._runnable:
            self._runnable.remove(process)

    def kill(self, process: Process) -> None:
        """End a process: nothing of it is run any more."""
        process.is_dead = True
        process.ready.clear()
        if process in self._runnable:
            self._runnable.remove(process)

    def _owner(self, handle: asyncio.Handle) -> Process:
        context = handle._context  # pyright: ignore[reportPrivateUsage, reportAttributeAccessIssue]
        return context.get(CURRENT, self.world)

    def _queue(self, process: Process, handle: asyncio.Handle) -> None:
        if process.is_dead:
            return
        if not process.ready and not process.is_frozen:
            self._runnable.append(process)
        process.ready.append(handle)

    def _run_once(self) -> None:
        while not self._runnable and not self._stopping:
            self._jump()
        if not self._runnable:
            return
        place = int(self._chance.random() * len(self._runnable))
        process = self._runnable[place]
        handle = process.ready.popleft()
        if not process.ready:
            self._runnable.pop(place)
        if handle.cancelled():
            return
        self._note(process)
        handle._run()  # pyright: ignore[reportPrivateUsage] - as BaseEventLoop does

    def _note(self, process: Process) -> None:
        self.turns += 1
        self._turns_at_once += 1
        self.digest = hash((self.digest, process.number, int(self.now_s * 1e6)))
        if self._turns_at_once > MOST_TURNS_AT_ONCE:
            raise Spins(f"{process.name} spins at {self.now_s:.3f} s")

    def _jump(self) -> None:
        """Go to the next time at which something is due."""
        while self._timers:
            due, _, process, handle = heapq.heappop(self._timers)
            if handle.cancelled() or process.is_dead:
                continue
            if due > self.now_s:
                self.now_s, self._turns_at_once = due, 0
            self._queue(process, handle)
            while self._timers and self._timers[0][0] <= self.now_s:
                _, _, process, handle = heapq.heappop(self._timers)
                if not handle.cancelled():
                    self._queue(process, handle)
            return
        raise Asleep(f"nothing is due any more at {self.now_s:.3f} s")

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """A cancelled timer is passed over when its time comes."""

    def _write_to_self(self) -> None:
        """There is no selector to be woken."""


def bury(loop: VirtualLoop) -> None:
    """Close what killed processes left, after a run: nothing may be said of it when it goes."""
    for task in asyncio.all_tasks(loop):
        task._log_destroy_pending = False  # pyright: ignore
        _close(task.get_coro())


def _close(coroutine: Coroutine[Any, Any, Any] | Any, tries: int = 50) -> None:
    for _ in range(tries):  # a `finally` that waits refuses to be closed once for each wait
        try:
            coroutine.close()
        except RuntimeError:
            continue
        except Exception:
            continue
        return
