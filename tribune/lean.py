"""Keeps a process small and quick: what it does not load, and how seldom it looks for cycles."""

import gc
import sys
from types import ModuleType
from typing import cast

CLICKHOUSE_EXTRAS = ("numpy", "pandas", "polars", "pyarrow")
# With Python's 700 it looked for cycles in each batch of requests: 7 % of a vote (measured)
COLLECT_EVERY = 10_000


def do_without(*modules: str) -> None:
    """Make modules look absent, unless they are loaded already.

    clickhouse-connect loads its extras at the first query, where they are installed: 3 s, 90 MB.
    """
    for name in modules:
        sys.modules.setdefault(name, cast(ModuleType, None))


def collect_seldom() -> None:
    """Have the garbage collector pass over what is loaded by now, and look seldom at the rest.

    What a hot way makes is freed by its reference counts; looking for cycles took 7 % of a vote.
    """
    gc.collect()
    gc.freeze()
    # Python has 10 and 10: the older generations, larger here, are looked at still more seldom
    gc.set_threshold(COLLECT_EVERY, 50, 100)
