"""`make bench`: every benchmark in turn, each in a process of its own, then one table."""

import argparse
import importlib
import json
import subprocess
import sys
import time
from dataclasses import asdict

from bench.table import Row, render

BENCHMARKS = (
    "webhook",
    "fold",
    "refold",
    "screen",
    "push",
    "archive",
    "cuts",
    "obs",
    "marks",
    "go",
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("only", nargs="*", choices=[*BENCHMARKS, []], help="run just these")
    parser.add_argument("--one", choices=BENCHMARKS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        rows: list[Row] = importlib.import_module(f"bench.{options.one}").run()
        print("\n" + json.dumps([asdict(row) for row in rows]))
        return 0
    rows, failed = [], []
    for name in options.only or BENCHMARKS:
        started = time.monotonic()
        print(f"measuring {name} ...", end=" ", file=sys.stderr, flush=True)
        command = [sys.executable, "-m", "bench", "--one", name]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        print(f"{time.monotonic() - started:.0f} s", file=sys.stderr)
        if done.returncode:
            failed.append(name)
            continue
        rows += [Row(**row) for row in json.loads(done.stdout.splitlines()[-1])]
    print(render(rows))
    for name in failed:
        print(f"{name}: did not finish")
    return 1 if failed or not all(row.ok for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
