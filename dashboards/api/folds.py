"""What the console knows: each topic of facts is folded once, for all who ask."""

import logging
from dataclasses import dataclass, field

from agents.reducers import cards, live_state, rounds
from agents.reducers.cards import Cards
from agents.reducers.live_state import LiveState
from agents.reducers.rounds import Broadcasts
from dashboards.api.web.metrics import Metrics
from schemas.facts import BroadcastsFact
from schemas.markings import open_marking
from schemas.scores import Marking, ScoresFact
from schemas.seals import GroupKey
from schemas.sessions import SessionsMessage
from schemas.topics import Topic
from schemas.wire import Unreadable

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Folds:
    """The rounds, the cards, and the live broadcasts with their marks opened."""

    live: LiveState
    metrics: Metrics
    key_of: GroupKey = field(repr=False)
    rounds: Broadcasts = field(default_factory=Broadcasts)
    cards: Cards = field(default_factory=Cards)

    def broadcasts(self, offset: int, fact: BroadcastsFact | None) -> bool:
        """Fold one message of `broadcasts`."""
        rounds.step(self.rounds, offset, fact)
        cards.step(self.cards, fact)
        live_state.step_broadcasts(self.live, offset, fact)
        self.metrics.folded_to.set(offset + 1)
        return True

    def sessions(self, offset: int, message: SessionsMessage | None) -> bool:
        """Fold one message of `sessions`."""
        return bool(live_state.step_sessions(self.live, offset, message))

    def scores(self, offset: int, fact: ScoresFact | None) -> bool:
        """Fold one message of `scores`; whether it had an effect."""
        marking = self._opened(offset, fact) if fact else None
        return bool(live_state.step_scores(self.live, offset, fact, marking))

    def _opened(self, offset: int, fact: ScoresFact) -> Marking | None:
        try:
            return open_marking(self.key_of, fact)
        except Unreadable as error:
            log.warning("%s at %d cannot be read: %s", Topic.SCORES, offset, error.reason)
            self.metrics.unreadable.labels(str(Topic.SCORES)).inc()
            return None
