"""When a child counts as ready, when as hung, and how long to wait before it is started again.

Pure: the time (seconds, of any steady clock) is an argument.
"""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["", "ready", "silent", "unwell"]


@dataclass(frozen=True, slots=True)
class Health:
    """What a probe saw: whether there was an answer at all, and what is wrong, in plain words."""

    answered: bool
    problems: tuple[str, ...] = ()

    @property
    def is_well(self) -> bool:
        """An answer, and nothing wrong."""
        return self.answered and not self.problems


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a child may take to answer at all, be silent after that, or say one problem.

    `silent_s` is what it may stand still; `busy_s` bounds the silence of one that works, or that
    gets no processor.
    """

    # Java and ClickHouse take seconds, on a busy machine a minute at the most: twice that
    start_s: float = 120.0
    # As the worker's own watchdog (PATIENCE_MS), where 8 s were tried and were too few
    silent_s: float = 15.0
    # Who works for so long without an answer serves nobody either
    busy_s: float = 60.0
    # A role that reads a long log says other words meanwhile; the same ones for so long do not mend
    unwell_s: float = 120.0
    # Silence is more than one answer that was lost
    probes: int = 3


@dataclass(slots=True)
class Life:
    """One life of a child, from `started_at` on."""

    started_at: float
    answered: bool = False
    silent_since: float | None = None
    silent_probes: int = 0
    silent_at: float = 0.0
    still_s: float = 0.0
    problems: tuple[str, ...] = ()
    unwell_since: float = 0.0


def step(
    life: Life,
    seen: Health,
    at: float,
    patience: Patience,
    *,
    servers_well: bool,
    is_busy: bool = False,
) -> Verdict:
    """Take what a probe saw and say what follows.

    A child that does not answer is hung. The time for which it `is_busy`, or for which whoever asks
    it got no processor, does not count, up to a bound. One that says it is unwell gets more time,
    anew whenever it says so in other words (it may be catching up), and all the time there is while
    a server that it needs is away: starting it again would not help then.
    """
    if not seen.answered:
        return _silent(life, at, patience, is_busy=is_busy)
    life.answered, life.silent_since = True, None
    if seen.problems != life.problems or not servers_well:
        life.problems, life.unwell_since = seen.problems, at
    if seen.is_well:
        return "ready"
    return "unwell" if at - life.unwell_since >= patience.unwell_s else ""


def _silent(life: Life, at: float, patience: Patience, *, is_busy: bool) -> Verdict:
    if not life.answered:
        return "silent" if at - life.started_at >= patience.start_s else ""
    if life.silent_since is None:
        life.silent_since, life.silent_probes = at, 0
        life.silent_at, life.still_s = at, 0.0
    if not is_busy:
        life.still_s += at - life.silent_at
    life.silent_at = at
    life.silent_probes += 1
    stands_still = life.still_s >= patience.silent_s
    too_long = is_busy and at - life.silent_since >= patience.busy_s
    return "silent" if (stands_still or too_long) and life.silent_probes >= patience.probes else ""


@dataclass(slots=True)
class BackOff:
    """How long to wait before another start: not at all after a long life, or the first death.

    From the second short life on it doubles, from `first_s` up to `most_s`.
    """

    first_s: float = 0.2  # for what was only not there yet
    most_s: float = 10.0  # what a person mended is tried again before they wonder
    long_life_s: float = 5.0  # it came to work: what ended it was no fault of its start
    failures: int = 0

    def wait_s(self, lived_s: float) -> float:
        """How long to wait after a life of so many seconds."""
        self.failures = 1 if lived_s >= self.long_life_s else self.failures + 1
        if self.failures == 1:
            return 0.0
        return min(self.most_s, self.first_s * 2 ** (self.failures - 2))
