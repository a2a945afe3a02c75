"""The first thing a supervised process does: it ties its life to the supervisor's.

`python -m tribune.supervise.child PARENT [--wait] COMMAND...`: COMMAND is `tribune ...`, or a
program's path. With `--wait` it loads what the role needs, and begins when a line comes in.
"""

import ctypes
import os
import signal
import sys
import time

PR_SET_PDEATHSIG = 1  # linux/prctl.h
LOOK_S = 0.5  # without it: so long a role outlives its parent, and keeps its port
WAIT = "--wait"


def die_with(parent: int) -> None:
    """Be killed when the parent dies, even by SIGKILL; leave at once if it is dead already."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    else:
        watch_from_aside(parent)
    if os.getppid() != parent:
        os._exit(1)


def watch_from_aside(parent: int) -> None:
    """Where the kernel has no such signal: a process beside this one looks, and kills its group."""
    watched = os.getpid()
    if os.fork():
        return
    for standard in range(3):
        os.close(standard)
    while os.getppid() == watched:
        if not _is_there(parent):
            os.killpg(watched, signal.SIGKILL)
        time.sleep(LOOK_S)
    os._exit(0)


def _is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def load_and_wait(program: str, role: str) -> None:
    """Load what a role needs, and wait for a line; without one there is nobody to begin for."""
    if program == "tribune":
        from tribune.roles import load  # noqa: PLC0415 - who does not wait loads it later

        load(role)
    if not sys.stdin.readline():
        sys.exit()


def main() -> None:
    """Tie the life, then become the command."""
    parent, program, *arguments = sys.argv[1:]
    die_with(int(parent))
    if program == WAIT:
        program, *arguments = arguments
        load_and_wait(program, arguments[0])
    if program != "tribune":
        os.execv(program, [program, *arguments])  # noqa: S606 - the supervisor's own words
    from tribune.commands.cli import main as tribune  # noqa: PLC0415 - a server needs none of it

    sys.argv = [program, *arguments]
    tribune()


if __name__ == "__main__":
    main()
