"""The topics of the log: how each is keyed, partitioned and kept (DESIGN, Topics)."""

from dataclasses import dataclass
from enum import StrEnum

VOTE_PARTITIONS = 8
DERIVED_RETENTION_MS = 3_600_000


class Topic(StrEnum):
    """Every topic by its name on the broker."""

    BROADCASTS = "broadcasts"
    VOTES = "votes"
    QUESTIONS = "questions"
    SESSIONS = "sessions"
    SCORES = "scores"
    TALLIES = "tallies"
    BOARDS = "boards"
    DEAD_LETTERS = "dead-letters"


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """How a topic is made: its partitions, and whether it holds facts or what follows from them."""

    topic: Topic
    partitions: int
    derived: bool

    @property
    def config(self) -> dict[str, str]:
        """Broker settings: facts are kept for good, what is derived for an hour."""
        kept_ms = DERIVED_RETENTION_MS if self.derived else -1
        return {"retention.ms": str(kept_ms), "cleanup.policy": "delete"}


SPECS: dict[Topic, TopicSpec] = {
    topic: TopicSpec(topic, partitions, derived)
    for topic, partitions, derived in (
        (Topic.BROADCASTS, 1, False),
        (Topic.VOTES, VOTE_PARTITIONS, False),
        (Topic.QUESTIONS, 1, False),
        (Topic.SESSIONS, 1, False),
        (Topic.SCORES, 1, False),
        (Topic.TALLIES, 1, True),
        (Topic.BOARDS, 1, True),
        (Topic.DEAD_LETTERS, 1, True),
    )
}

FACT_TOPICS: tuple[Topic, ...] = tuple(topic for topic, spec in SPECS.items() if not spec.derived)
