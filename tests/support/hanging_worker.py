"""A worker, as `tests.support.workers`, that stops folding after its first frames."""

import sys
from functools import partial

import agents.shells.work as work
from agents.reducers.worker.watchdog import Watch
from agents.shells.fold import Fold
from agents.shells.watchdog import Watchdog
from tests.support.workers import main


async def deaf(*_: object) -> None:
    """Take a message, and do nothing."""


if __name__ == "__main__":
    Fold.hear = deaf
    work.Watchdog = partial(Watchdog, watch=Watch(patience_ms=3_000))
    sys.exit(main())
