"""Simulates evenings: `python -m tests.sim --seed 7` tells one step by step.

With `--count` or `--seconds` it plays one after the other, and says of each that failed how it is
played again. `PYTHONHASHSEED=0` must be set: the order of a set of words is a run's affair too.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator

from tests.sim.run import Outcome, simulate

SLOWEST = 3


def main() -> int:
    """Simulate; 1 when an evening failed."""
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.execve(sys.executable, [*sys.orig_argv], os.environ | {"PYTHONHASHSEED": "0"})
    asked = _asked()
    if asked.count is None and asked.seconds is None:
        outcome = simulate(asked.seed, told=True)
        print(outcome.why or "every oracle is content", f"(digest {outcome.digest:x})")
        return bool(outcome.why)
    outcomes = list(_evenings(asked.seed, asked.count, asked.seconds))
    _sum_up(outcomes)
    return any(outcome.why for outcome in outcomes)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--count", type=int, help="how many evenings")
    parser.add_argument("--seconds", type=float, help="for how long, on this machine's clock")
    return parser.parse_args()


def _evenings(seed: int, count: int | None, seconds: float | None) -> Iterator[Outcome]:
    began, played = time.monotonic(), 0
    while (count is None or played < count) and (
        seconds is None or time.monotonic() - began < seconds
    ):
        outcome = simulate(seed + played)
        played += 1
        if outcome.why:
            print(f"seed {outcome.seed} failed: {outcome.why}")
            print(f"  again, step by step: make sim SEED={outcome.seed}", flush=True)
        yield outcome


def _sum_up(outcomes: list[Outcome]) -> None:
    failed = sum(bool(outcome.why) for outcome in outcomes)
    simulated_s = sum(outcome.simulated_s for outcome in outcomes)
    took_s = sum(outcome.took_s for outcome in outcomes)
    print(
        f"{len(outcomes)} evenings from seed {outcomes[0].seed}, {failed} failed: "
        f"{simulated_s:,.0f} s simulated in {took_s:,.1f} s of this processor"
    )
    digest = hash(tuple(outcome.digest for outcome in outcomes))
    print(f"digest {digest:x}")


if __name__ == "__main__":
    sys.exit(main())
