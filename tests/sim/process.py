"""A simulated process: its own clock, its own queue of callbacks; it can be killed or frozen."""

import asyncio
from collections import deque
from contextvars import Context, ContextVar
from dataclasses import dataclass, field


@dataclass(slots=True)
class Clock:
    """A machine's clocks as functions of the world's time (s): one that only grows, and a wall's.

    `rate` is how fast it runs (1.0001 gains 100 us a second), `ahead_s` how far its wall clock is
    ahead of the world's; a step of the wall clock moves no monotonic one.
    """

    rate: float = 1.0
    ahead_s: float = 0.0
    booted_s: float = 1_000.0

    def steady_s(self, world_s: float) -> float:
        """The monotonic clock, s."""
        return self.booted_s + world_s * self.rate

    def world_s(self, steady_s: float) -> float:
        """When the monotonic clock says this, in the world's time."""
        return (steady_s - self.booted_s) / self.rate

    def wall_s(self, world_s: float) -> float:
        """The wall clock, s since the epoch."""
        return EPOCH_S + world_s * self.rate + self.ahead_s


EPOCH_S = 1_793_000_000.0
"""An evening in October 2026: every simulated one begins then."""


@dataclass(slots=True, eq=False)
class Process:
    """Whatever shares a fate: `ready` are its callbacks in order, as asyncio promises them.

    Nothing of one that `is_dead` ever runs again, not even its `finally`; one that `is_frozen`
    (SIGSTOP) goes on later where it was, and its clock ran on.
    """

    name: str
    number: int
    clock: Clock = field(default_factory=Clock)
    ready: deque[asyncio.Handle] = field(default_factory=deque)
    is_dead: bool = False
    is_frozen: bool = False
    main: "asyncio.Task[None] | None" = None
    context: Context = field(default_factory=Context)

    @property
    def post(self) -> str:
        """The role whose life this is."""
        return self.name.split(".")[0]

    def __hash__(self) -> int:
        return self.number


CURRENT: ContextVar[Process] = ContextVar("process")
"""The process that runs now; every task and timer inherits it from the one that made it."""
