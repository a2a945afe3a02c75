"""Keeps a process small: what a library would load without need looks absent to it."""

import sys
from types import ModuleType
from typing import cast

CLICKHOUSE_EXTRAS = ("numpy", "pandas", "polars", "pyarrow")


def do_without(*modules: str) -> None:
    """Make modules look absent, unless they are loaded already.

    clickhouse-connect loads its extras at the first query, where they are installed: 3 s, 90 MB.
    """
    for name in modules:
        sys.modules.setdefault(name, cast(ModuleType, None))
