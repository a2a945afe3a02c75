"""What the console's handlers share: the settings, the log, the boards, the clock."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from litestar.di import NamedDependency

from dashboards.api.failures import Failures
from dashboards.api.latest_boards import LatestBoards
from dashboards.api.log import BroadcastsLog
from dashboards.api.metrics import Metrics
from dashboards.config import ConsoleConfig


def wall_clock_ms() -> int:
    """The time now, ms UTC."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Console:
    """One running console."""

    config: ConsoleConfig
    log: BroadcastsLog
    boards: LatestBoards
    metrics: Metrics
    failures: Failures = field(default_factory=Failures)
    now_ms: Callable[[], int] = wall_clock_ms

    @staticmethod
    def of(config: ConsoleConfig) -> "Console":
        """Make a console; nothing is connected yet."""
        metrics = Metrics()
        log = BroadcastsLog(config.kafka, metrics)
        return Console(config, log, LatestBoards(config.kafka, metrics), metrics)

    def problems(self) -> list[str]:
        """What is wrong, a plain sentence each."""
        found = (self.log.problem() or self.log.unopened(), self.boards.problem())
        return [problem for problem in found if problem]


SharedConsole: TypeAlias = NamedDependency[Console]
"""How a handler asks for the console that it answers for."""
