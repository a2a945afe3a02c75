"""Whether a process that does not answer works or waits for a processor, as Linux tells it."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

# No measured reason: idle roles take some percent; one that works, or gets no core, nearly all
BUSY_SHARE = 0.25
WANTS = frozenset("RD")  # runs or waits to run; waits for a disk or for memory

NS = 1_000_000_000  # a second: schedstat tells nanoseconds


@dataclass(frozen=True, slots=True)
class Effort:
    """Seconds that the threads of a process ran or waited to run, and whether one wants to now."""

    spent_s: float = 0.0
    wants: bool = False


def was_busy(before: Effort, after: Effort, elapsed_s: float) -> bool:
    """Whether a process worked, or waited for a processor, for a good part of some time."""
    return after.spent_s - before.spent_s >= BUSY_SHARE * elapsed_s > 0


def effort_of(pid: int) -> Effort:
    """Read what a process did so far; nothing where the system does not tell."""
    spent_ns, wants = 0, False
    for thread in Path(f"/proc/{pid}/task").glob("*"):
        with suppress(OSError, ValueError, IndexError):  # a thread may end meanwhile
            ran_ns, waited_ns, _ = (thread / "schedstat").read_text(encoding="ascii").split()
            spent_ns += int(ran_ns) + int(waited_ns)
            state = (thread / "stat").read_bytes().rpartition(b")")[2].split()[0]
            wants |= state.decode() in WANTS
    return Effort(spent_ns / NS, wants)


class Looks:
    """Looks at a silent process, and at this one, which may be starved itself."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._at: float | None = None
        self._before = (Effort(), Effort())

    def is_busy(self, at: float) -> bool:
        """Whether, since the last look, one of the two wanted a processor: then it is no wonder
        that no answer came.
        """
        after = (effort_of(self._pid), effort_of(os.getpid()))
        elapsed_s = 0.0 if self._at is None else at - self._at
        pairs = zip(self._before, after, strict=True)
        busy = after[0].wants or any(was_busy(*pair, elapsed_s) for pair in pairs)
        self._at, self._before = at, after
        return busy
