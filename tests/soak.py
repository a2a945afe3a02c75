"""Simulated evenings by the hour, one after the other in one process, whose memory must stay flat.

`python -m tests.soak --hours 24`: hours of the simulated clock. `make soak` runs it every night,
and beside it what else takes long: a hundred thousand fuzzed requests, and three brokers.
"""

import argparse
import ctypes
import gc
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

import psutil

from tests.sim.run import simulate

# Evenings differ by some MB, and what the first ones load stays; a leak of 1 % of an evening's
# memory shows as more than this within a night.
GROWS_MB = 25.0
# Until then everything is loaded that an evening may need.
WARM = 0.2
LEAST_EVENINGS = 10


@dataclass(frozen=True, slots=True)
class Evening:
    """What one evening showed; `mb` is the memory of this process after it."""

    seed: int
    simulated_s: float
    mb: float
    why: str


def main() -> int:
    """Simulate; 1 when an evening failed, or when memory grew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=24.0, help="of simulated time (24)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="the first (the time)")
    asked = parser.parse_args()
    seen = list(evenings(asked.seed, asked.hours * 3_600))
    failed = [evening for evening in seen if evening.why]
    for evening in failed:
        print(f"seed {evening.seed} failed: {evening.why}\n  again: make sim SEED={evening.seed}")
    grew_mb = growth_mb(seen)
    print(
        f"{len(seen)} evenings, {sum(each.simulated_s for each in seen) / 3_600:.2f} h simulated: "
        f"{len(failed)} failed; memory {seen[0].mb:.0f} MB after the first, {seen[-1].mb:.0f} MB "
        f"after the last, grown by {grew_mb:.1f} MB (at most {GROWS_MB:g})"
    )
    return int(bool(failed) or grew_mb > GROWS_MB)


def evenings(seed: int, seconds: float) -> Iterator[Evening]:
    """Simulate one after the other for so many simulated seconds; tell how far it is."""
    simulated_s, told, number = 0.0, 0, 0
    while simulated_s < seconds or number < LEAST_EVENINGS:
        outcome = simulate(seed + number)
        simulated_s += outcome.simulated_s
        number += 1
        evening = Evening(outcome.seed, outcome.simulated_s, used_mb(), outcome.why)
        if (part := int(simulated_s * 20 / seconds)) > told:
            told = part
            print(
                f"{simulated_s / 3_600:.2f} h, {number} evenings, {evening.mb:.0f} MB", flush=True
            )
        yield evening


def growth_mb(seen: list[Evening]) -> float:
    """By how much the last fifth needs more memory than the first one after the warm-up."""
    fifth = max(len(seen) // 5, 1)
    warm = int(len(seen) * WARM)
    first, last = seen[warm : warm + fifth], seen[-fifth:]
    return median(each.mb for each in last) - median(each.mb for each in first)


def used_mb() -> float:
    """What this process holds, without what only waits to be given back."""
    gc.collect()
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)
    return psutil.Process().memory_info().rss / 1e6


if __name__ == "__main__":
    sys.exit(main())
