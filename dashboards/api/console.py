"""What the console's handlers share: the settings, the log, the boards, the clock."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from litestar.di import NamedDependency

from agents.reducers.cards import Cards
from agents.reducers.live_state import LiveState
from agents.reducers.rounds import Broadcasts
from dashboards.api.boards.latest import LatestBoards
from dashboards.api.folds import Folds
from dashboards.api.topic_log import TopicLog
from dashboards.api.web.failures import Failures
from dashboards.api.web.metrics import Metrics
from dashboards.config import ConsoleConfig
from dashboards.decks.store import DeckStore
from schemas.topics import Topic
from streams.gateway.limits import Limit
from streams.keys import group_key
from streams.log.interface import Log
from streams.running import now_ms

MARKING_WINDOW_S = 5
"""A phone that was without a connection sends at once what waited in it."""
MOST_EVALUATORS = 10_000
"""Only who holds a card is counted, and no broadcast has so many; each is some hundred bytes."""
ANSWER_WITHIN_S = 2.0
"""As long as a Go is good: a command that is read later is refused, so nobody waits for it."""


@dataclass(frozen=True, slots=True)
class Console:
    """One running console."""

    config: ConsoleConfig
    room: Log
    folds: Folds
    broadcasts: TopicLog
    sessions: TopicLog
    scores: TopicLog
    boards: LatestBoards
    metrics: Metrics
    decks: DeckStore
    marking: Limit[str]
    failures: Failures = field(default_factory=Failures)
    now_ms: Callable[[], int] = now_ms

    @staticmethod
    def of(config: ConsoleConfig, room: Log) -> "Console":
        """Make a console on a log; nothing is connected yet."""
        metrics = Metrics()
        live = LiveState(is_rehearsal=config.rehearsal)
        folds = Folds(live, metrics, group_key(config.secret))
        most = config.per_evaluator_per_second * MARKING_WINDOW_S
        return Console(
            config,
            room,
            folds,
            TopicLog(room, Topic.BROADCASTS, metrics, folds.broadcasts),
            TopicLog(
                room,
                Topic.SESSIONS,
                metrics,
                folds.sessions,
                answer_within_s=ANSWER_WITHIN_S,
            ),
            TopicLog(
                room,
                Topic.SCORES,
                metrics,
                folds.scores,
                unsure="send it again",
                late="send it again",
            ),
            LatestBoards(room, metrics),
            metrics,
            DeckStore(config.decks),
            Limit(most, MARKING_WINDOW_S * 1_000, MOST_EVALUATORS),
        )

    @property
    def rounds(self) -> Broadcasts:
        """What `broadcasts` said so far; while the log is away, what it said last.

        Raises:
            RequestRefused: 503: this console has not read the log to its end yet.
        """
        self.broadcasts.is_read()
        return self.folds.rounds

    @property
    def cards(self) -> Cards:
        """Which evaluators' cards were taken back.

        Raises:
            RequestRefused: 503: this console has not read the log to its end yet.
        """
        self.broadcasts.is_read()
        return self.folds.cards

    @property
    def live(self) -> LiveState:
        """Every broadcast with its marks, as the log said it; while it is away, as it said last.

        Raises:
            RequestRefused: 503: this console has not read the log to its end yet.
        """
        for topic in (self.broadcasts, self.sessions, self.scores):
            topic.is_read()
        return self.folds.live

    def problems(self) -> list[str]:
        """What is wrong, a plain sentence each."""
        found = (
            self.broadcasts.problem() or self._unopened(),
            self.boards.problem(),
            self.scores.problem(),
            self.sessions.problem(),
        )
        return [problem for problem in found if problem]

    def _unopened(self) -> str | None:
        """Say so while nobody has said which incarnation of the log this is."""
        opened = self.folds.rounds.incarnation
        return None if opened else "broadcasts: the log is not opened yet"


SharedConsole: TypeAlias = NamedDependency[Console]
"""How a handler asks for the console that it answers for."""
