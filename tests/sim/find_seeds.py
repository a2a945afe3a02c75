"""`python -m tests.sim.find_seeds [FAULT...]`: evenings that show a fault of the past.

FAULT is a number in `OLD_FAULTS`; it stops at three seeds for each, or after a hundred evenings.
"""

import os
import sys

from tests.sim.old_faults import OLD_FAULTS, OldFault, shows
from tests.sim.run import simulate

WANTED = 3
MOST = 100


def main() -> int:
    """Look for seeds."""
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.execve(sys.executable, [*sys.orig_argv], os.environ | {"PYTHONHASHSEED": "0"})
    for number in map(int, sys.argv[1:] or map(str, range(len(OLD_FAULTS)))):
        fault = OLD_FAULTS[number]
        print(number, fault.what, find(fault), flush=True)
    return 0


def find(fault: OldFault) -> list[int]:
    """Seeds whose evenings fail with the old code, and pass with the present."""
    found: list[int] = []
    for seed in range(1, MOST + 1):
        if shows(fault, seed) and not simulate(seed, aim=fault.aim).why:
            found.append(seed)
            if len(found) == WANTED:
                break
    return found


if __name__ == "__main__":
    sys.exit(main())
