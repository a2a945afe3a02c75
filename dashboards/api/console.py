"""What the console's handlers share: the settings, the log, the boards, the clock."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from litestar.di import NamedDependency

from dashboards.api.boards.latest import LatestBoards
from dashboards.api.broadcasts.log import BroadcastsLog
from dashboards.api.marks.log import ScoresLog
from dashboards.api.sessions.log import SessionsLog
from dashboards.api.web.failures import Failures
from dashboards.api.web.metrics import Metrics
from dashboards.config import ConsoleConfig
from dashboards.decks.store import DeckStore
from streams.gateway.limits import Limit
from streams.keys import group_key

MARKING_WINDOW_S = 5
"""A phone that was without a connection sends at once what waited in it."""
MOST_EVALUATORS = 10_000


def wall_clock_ms() -> int:
    """The time now, ms UTC."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Console:
    """One running console."""

    config: ConsoleConfig
    log: BroadcastsLog
    boards: LatestBoards
    scores: ScoresLog
    sessions: SessionsLog
    metrics: Metrics
    decks: DeckStore
    marking: Limit[str]
    failures: Failures = field(default_factory=Failures)
    now_ms: Callable[[], int] = wall_clock_ms

    @staticmethod
    def of(config: ConsoleConfig) -> "Console":
        """Make a console; nothing is connected yet."""
        metrics = Metrics()
        sessions = SessionsLog(config.kafka, metrics, rehearsal=config.rehearsal)
        log = BroadcastsLog(config.kafka, metrics, sessions.hear_broadcasts)
        boards = LatestBoards(config.kafka, metrics)
        scores = ScoresLog(config.kafka, metrics, group_key(config.secret), lambda: sessions.state)
        decks = DeckStore(config.decks)
        most = config.per_evaluator_per_second * MARKING_WINDOW_S
        marking: Limit[str] = Limit(most, MARKING_WINDOW_S * 1_000, MOST_EVALUATORS)
        return Console(config, log, boards, scores, sessions, metrics, decks, marking)

    def problems(self) -> list[str]:
        """What is wrong, a plain sentence each."""
        found = (
            self.log.problem() or self.log.unopened(),
            self.boards.problem(),
            self.scores.problem(),
            self.sessions.problem(),
        )
        return [problem for problem in found if problem]


SharedConsole: TypeAlias = NamedDependency[Console]
"""How a handler asks for the console that it answers for."""
