"""Every benchmark in turn, each in a process of its own, then one table.

The exit code is 1 when a bound is missed, or when a benchmark did not finish.
"""

import argparse
import importlib
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict

from bench.table import Row, render

BENCHMARKS = {
    "webhook": "signed votes a second through the gateway, beside aiohttp + aiokafka",
    "fold": "ballots a second folded by one worker, beside a bare loop and plain Faust",
    "refold": "a million ballots counted again after a kill, beside Faust's own fold",
    "takeover": "a worker killed (-9), again and again: a press answered, the board exact again",
    "screen": "from a vote's 200 to a screen, under half load",
    "push": "5,000 viewers of one push, beside Bun, websockets.broadcast and a bare write()",
    "archive": "ballots a second into ClickHouse, beside inserts of JSON",
    "cuts": "cuts at the limit under full vote load, beside Faust's timer and a poll",
    "obs": "from an order to OBS Studio to its confirmation, where OBS is installed",
    "marks": "from the last mark to the group's board",
    "go": "from the operator's key to every screen, at full vote load",
    "start": "from `tribune up` to everything well, and where the time goes",
    "flush": "what [kafka] flush_ms costs an acknowledgement, on the embedded log",
    "hours": "constant voting on the embedded log for MINUTES: does it stay as fast?",
}


def main() -> int:
    options = read_options()
    if options.one:
        rows: list[Row] = importlib.import_module(f"bench.{options.one}").run()
        print("\n" + json.dumps([asdict(row) for row in rows]))
        return 0
    rows, failed = [], []
    for name in options.row or BENCHMARKS:
        found = measure(name, {**os.environ, "MINUTES": str(options.minutes)})
        rows += found or []
        failed += [] if found is not None else [name]
    print(render(rows))
    for name in failed:
        print(f"{name}: did not finish")
    return 1 if failed or not all(row.ok for row in rows) else 0


def read_options() -> argparse.Namespace:
    listed = "\n".join(f"  {name:<10} {what}" for name, what in BENCHMARKS.items())
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        epilog=f"rows:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "row", nargs="*", choices=[*BENCHMARKS, []], metavar="ROW", help="run just these"
    )
    parser.add_argument(
        "--minutes",
        type=float,
        default=float(os.environ.get("MINUTES", "10")),
        help="how long `hours` votes (or MINUTES in the environment; 10)",
    )
    parser.add_argument("--one", choices=BENCHMARKS, help=argparse.SUPPRESS)
    return parser.parse_args()


def measure(name: str, environment: dict[str, str]) -> list[Row] | None:
    """Run one benchmark; None when it does not finish. What it says of itself goes on the way."""
    started = time.monotonic()
    print(f"{name}: {BENCHMARKS[name]}", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "bench", "--one", name]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, env=environment)
    print(f"{name}: took {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    if done.returncode:
        return None
    return [Row(**row) for row in json.loads(done.stdout.splitlines()[-1])]


if __name__ == "__main__":
    sys.exit(main())
