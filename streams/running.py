"""Runs the parts of a role until it is told to stop."""

import asyncio
import logging
import resource
import time
from collections.abc import Collection, Coroutine
from typing import Any

# What a process has open beside its connections: the log's brokers, files, pipes; some fifty
SPARE_SOCKETS = 256
# What obeys ends within milliseconds; some such waits fit into the 2 s that a role has to stop
CANCEL_AGAIN_S = 0.3

log = logging.getLogger(__name__)


async def until(stop: asyncio.Event, *parts: Coroutine[Any, Any, None]) -> None:
    """Run all parts until `stop` is set, or one of them ends by failing: that is raised."""
    tasks = [asyncio.create_task(part) for part in parts]
    stopped = asyncio.create_task(stop.wait())
    waiting: set[asyncio.Task[Any]] = {stopped, *tasks}
    try:
        while not stopped.done() and waiting:
            done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
    finally:
        for task in (stopped, *tasks):
            task.cancel()
        await asyncio.gather(stopped, *tasks, return_exceptions=True)


async def end_all(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Cancel tasks until they have ended: a library may swallow a cancellation."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN_S)
    await asyncio.gather(*tasks, return_exceptions=True)


def allow_sockets(connections: int) -> None:
    """Raise this process's limit of open files, as far as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + SPARE_SOCKETS
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    if most < wanted:
        log.warning("only %d files may be open: raise the limit (ulimit -Hn %d)", most, wanted)


def now_ms() -> int:
    """The time, ms: for who wires a role; whoever runs in it is handed a clock."""
    return time.time_ns() // 1_000_000


def steady_s() -> float:
    """The clock of the loop that runs, s: it never goes back, and a simulation turns it."""
    return asyncio.get_running_loop().time()
