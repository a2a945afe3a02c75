"""The catalogue of the log: all that is said of a topic stands in its one row (DESIGN, Topics).

Who reads a topic, makes it, archives it or shows it asks here; a new topic is a new row.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, get_args

from schemas.ballots import read_rows
from schemas.dead_letters import DeadLetter
from schemas.facts import BroadcastsFact
from schemas.questions import QuestionsFact, QuestionsTally
from schemas.scores import ScoresFact
from schemas.sessions import SessionsMessage
from schemas.tallies import GroupTally, RoundTally, VoteTally
from schemas.topics import VOTE_PARTITIONS, Topic
from schemas.wire import Unreadable, decode, parse

Table = Literal["log_rows", "board_versions", "dead_letter_rows"]
Role = Literal["gateway", "worker", "archive", "push", "console", "stage"]
Read = Callable[[bytes | None], Any]

ROLES: tuple[Role, ...] = get_args(Role)
"""The programs that read and write the log."""

DERIVED_RETENTION_MS = 3_600_000
"""What is derived is said again every few seconds: an hour is more than any reader is behind."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One topic: its key, who writes it, how a message of it is read, and where it goes.

    `read` gives a message its shape, or raises Unreadable. `channel` is the kind of push channel
    that shows what follows from it, `table` the table of ClickHouse that it is archived in.
    """

    topic: Topic
    key: str
    writers: tuple[Role, ...]
    read: Read
    partitions: int = 1
    derived: bool = False
    channel: str | None = None
    table: Table | None = "log_rows"

    @property
    def config(self) -> dict[str, str]:
        """Broker settings: facts are kept for good, what is derived for an hour."""
        kept_ms = DERIVED_RETENTION_MS if self.derived else -1
        return {"retention.ms": str(kept_ms), "cleanup.policy": "delete"}


def _of(shape: Any) -> Read:
    return partial(decode, shape=shape)


CATALOGUE: dict[Topic, Entry] = {
    entry.topic: entry
    for entry in (
        Entry(Topic.BROADCASTS, "broadcast", ("console", "worker"), _of(BroadcastsFact)),
        Entry(Topic.VOTES, "pseudonym mod 8", ("gateway",), read_rows, VOTE_PARTITIONS),
        Entry(
            Topic.QUESTIONS,
            "question",
            ("gateway", "console"),
            _of(QuestionsFact),
            channel="questions",
        ),
        Entry(
            Topic.SESSIONS,
            "broadcast",
            ("console", "worker", "stage"),
            _of(SessionsMessage),
            channel="session",
        ),
        Entry(Topic.SCORES, "group", ("console",), _of(ScoresFact)),
        Entry(
            Topic.TALLIES,
            "what a board is about",
            ("worker",),
            _of(VoteTally | RoundTally | GroupTally | QuestionsTally),
            derived=True,
            table=None,
        ),
        Entry(
            Topic.BOARDS,
            "board",
            ("worker",),
            parse,
            derived=True,
            channel="board",
            table="board_versions",
        ),
        Entry(
            Topic.DEAD_LETTERS,
            "source position",
            ROLES,
            _of(DeadLetter),
            derived=True,
            table="dead_letter_rows",
        ),
    )
}

FACT_TOPICS: tuple[Topic, ...] = tuple(
    topic for topic, entry in CATALOGUE.items() if not entry.derived
)


def read(topic: Topic, value: bytes | None) -> Any:
    """Give a message of a topic its shape.

    Raises:
        Unreadable: it has another one; the reason quotes no content.
    """
    return CATALOGUE[topic].read(value)


def read_or_none(topic: Topic, value: bytes | None) -> Any:
    """As `read`, but None for what cannot be read: for who leaves it to another to name it."""
    try:
        return read(topic, value)
    except Unreadable:
        return None
