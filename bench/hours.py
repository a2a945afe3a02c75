"""Constant voting on the embedded log: is an acknowledgement as fast at the end as at the start?

The whole system runs as `tribune up` starts it, on an empty folder, and votes come at an even pace,
each from a voter like no other, so all that grows with an evening grows here. MINUTES says for how
long (`make bench` affords 10; an hour is `MINUTES=60 .venv/bin/python -m bench hours`). The first
twelfth is held against the last, after half a minute in which Java and the gateway warm up.
"""

import os
import tempfile
from collections import Counter
from pathlib import Path
from statistics import median

import psutil

from bench.pace import Window, windows
from bench.progress import progress
from bench.table import Row, bound_row, figure_row
from tests.support.system import COUNTY, System, running_system

MINUTES = float(os.environ.get("MINUTES", "10"))
PER_SECOND = float(os.environ.get("VOTES_PER_SECOND", "150"))
ROUND = "satisfaction-2026"
UNITS = ("housing", "education", "health", "transport", "water", "culture", "chengguan")
WARM_UP_S = 30.0  # Java compiles what is called often
WINDOW_S = 10.0  # 1,500 votes at the usual pace: fifteen lie above a p99
PARTS = 12  # of an hour: five minutes
AT_MOST = 2.0  # times the first part: what grows with the log grows more, what only varies less
SAID_EVERY = 6  # windows


def run() -> list[Row]:
    """Vote, and hold the last part against the first."""
    more = {"limits": "per_partner_per_second = 1000000"}
    with tempfile.TemporaryDirectory() as folder, running_system(Path(folder), **more) as system:
        system.tribune("load", str(COUNTY))
        system.tribune("round", "open", ROUND)
        before_mb = memory_mb(system)
        seen = vote(system)
        after_mb = memory_mb(system)
        in_log_mb = sum(f.stat().st_size for f in (system.folder / "data" / "log").rglob("*.log"))
    return rows(seen, before_mb, after_mb, in_log_mb / 1e6)


def vote(system: System) -> list[Window]:
    """All windows after the warm-up."""
    seen: list[Window] = []
    seconds = WARM_UP_S + MINUTES * 60
    port = system.ports["gateway"]
    for window in windows(port, PER_SECOND, seconds, WINDOW_S, ROUND, *UNITS):
        seen.append(window)
        if len(seen) % SAID_EVERY == 0:
            last = seen[-SAID_EVERY:]
            mb = ", ".join(f"{role} {used:.0f} MB" for role, used in memory_mb(system).items())
            progress(
                f"{len(seen) * WINDOW_S / 60:.0f} of {seconds / 60:.1f} minutes: "
                f"ack p50 {median(w.p50_ms for w in last):.1f} ms, "
                f"p99 {median(w.p99_ms for w in last):.1f} ms, "
                f"at most {max(w.most_ms for w in last):.0f} ms, "
                f"refused {dict(refused(last)) or 'none'}; {mb}"
            )
    return seen[int(WARM_UP_S / WINDOW_S) :]


def rows(
    seen: list[Window], before_mb: dict[str, float], after_mb: dict[str, float], in_log_mb: float
) -> list[Row]:
    """The windows of the first part and of the last, by their medians."""
    part = max(len(seen) // PARTS, 1)
    first, last = seen[:part], seen[-part:]
    for name, some in (("first", first), ("last", last)):
        progress(
            f"the {name} {part * WINDOW_S:.0f} s: ack p50 {median(w.p50_ms for w in some):.2f} ms, "
            f"p99 {median(w.p99_ms for w in some):.2f} ms, most {max(w.most_ms for w in some):.0f}"
        )
    p99 = [median(window.p99_ms for window in some) for some in (first, last)]
    what = f"{MINUTES:g} minutes of {PER_SECOND:g} votes/s on the embedded log"
    return [
        bound_row(f"{what}: ack p99, last twelfth", "ms", p99[1], AT_MOST * p99[0]),
        bound_row(f"{what}: votes refused", "votes", refused(seen).total(), 0),
        *(
            figure_row(f"  memory of the {role}, {before_mb[role]:.0f} MB before", "MB", used)
            for role, used in after_mb.items()
        ),
        figure_row("  the log on disk", "MB", in_log_mb),
    ]


def refused(seen: list[Window]) -> Counter[str]:
    """How many votes were not taken, by the answer's status."""
    found = Counter[str]()
    for window in seen:
        found.update(window.statuses)
    del found["200"]
    return found


def memory_mb(system: System) -> dict[str, float]:
    """What the roles that grow with the votes hold (RSS)."""
    return {
        role: psutil.Process(system.pid(role)).memory_info().rss / 1e6
        for role in ("broker", "gateway", "worker", "archive")
    }
