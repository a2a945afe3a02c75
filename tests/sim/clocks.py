"""In a run every clock that the shells read is that of the simulated process which reads it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from streams.stage.clock import Clock as StageClock
from tests.sim.loop import VirtualLoop
from tests.sim.process import CURRENT


@contextmanager
def virtual_clocks(loop: VirtualLoop) -> Iterator[None]:
    """Turn the module `time` by a loop."""

    def wall_s() -> float:
        return CURRENT.get(loop.world).clock.wall_s(loop.now_s)

    with (
        patch.object(time, "monotonic", loop.time),
        patch.object(time, "monotonic_ns", lambda: int(loop.time() * 1e9)),
        patch.object(time, "time", wall_s),
        patch.object(time, "time_ns", lambda: int(wall_s() * 1e9)),
        patch.dict(StageClock.__init__.__kwdefaults__, steady_s=loop.time, wall_s=wall_s),
    ):
        yield
