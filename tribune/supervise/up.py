"""`tribune up`: checks what can be checked beforehand, then supervises until it is told to stop."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from tribune.settings.secret import read_secret
from tribune.settings.shape import Settings
from tribune.supervise.plan import Plan, plan
from tribune.supervise.ports import taken_ports
from tribune.supervise.rundir import locked
from tribune.supervise.screen import Screen
from tribune.supervise.supervisor import Supervisor

# What a killed supervisor left dies with it (tribune.supervise.child), within tenths of a second
PORTS_FREE_WITHIN_S = 2.0
KILLED = 130  # as shells have it: 128 + SIGINT
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class PortsTaken(RuntimeError):
    """Ports that the settings name are in use; a line each with what to do."""


def up(
    settings: Settings,
    screen: Screen,
    *,
    todo: Plan | None = None,
    environment: Mapping[str, str] | None = None,
    play: Callable[[], Awaitable[int]] | None = None,
) -> int:
    """Run everything on this machine until Ctrl-C or SIGTERM, or until `play` ends.

    `todo` is what to run instead of everything; `environment` is added to that of every role;
    `play` starts once all of them are well. Gives the exit code: that of `play`, 0 after an orderly
    stop, 1 when something had to be killed.

    Raises:
        InUse: another one runs on the same data folder.
        PortsTaken: a port is in use.
    """
    todo = todo or plan(settings)
    with locked(settings.run_dir):
        taken = taken_ports(settings, todo.names, PORTS_FREE_WITHIN_S)
        if taken:
            raise PortsTaken("\n".join(taken))
        read_secret(settings)
        return asyncio.run(supervise(todo, settings.run_dir, screen, environment or {}, play))


async def supervise(
    todo: Plan,
    run_dir: Path,
    screen: Screen,
    environment: Mapping[str, str],
    play: Callable[[], Awaitable[int]] | None,
) -> int:
    """Run a plan until a signal, or until `play` ends; a second signal kills everything."""
    supervisor = Supervisor(todo, run_dir, screen, environment)
    told: list[int] = []

    def on_signal(number: int) -> None:
        if told:
            screen.line("tribune", "killing everything")
            supervisor.kill()
        told.append(number)
        supervisor.stop.set()

    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup
            loop.add_signal_handler(number, on_signal, number)
    code = await supervisor.run(play)
    return KILLED if told.count(signal.SIGINT) > 1 else code
