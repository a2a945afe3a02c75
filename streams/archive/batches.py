"""A batch: what is written to ClickHouse at once, bounded by number, bytes and age; pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from schemas.catalogue import CATALOGUE, read
from schemas.dead_letters import DeadLetter
from schemas.topics import Topic
from schemas.wire import Unreadable
from streams.archive.config import Limits
from streams.archive.rows import BoardVersion, board_version, letter_about, unreadable
from streams.log.interface import Place, Record


@dataclass(slots=True)
class Batch:
    """Messages as they came; `began_s` is when the first of them did (monotonic seconds)."""

    limits: Limits
    messages: list[Record] = field(default_factory=list)
    size_bytes: int = 0
    began_s: float = 0.0

    def add(self, messages: Iterable[Record], now_s: float) -> None:
        """Take messages that follow the ones it has."""
        for message in messages:
            if not self.messages:
                self.began_s = now_s
            self.messages.append(message)
            # 100: what a message takes beside its value
            self.size_bytes += len(message.value or b"") + 100

    def is_due(self, now_s: float) -> bool:
        """Whether it must be written now."""
        return bool(self.messages) and (self.is_full() or self.wait_ms(now_s) <= 0)

    def room(self) -> int:
        """How many messages more it takes."""
        return max(1, self.limits.batch_messages - len(self.messages))

    def is_full(self) -> bool:
        """Whether it takes no more."""
        limits = self.limits
        return len(self.messages) >= limits.batch_messages or self.size_bytes >= limits.batch_bytes

    def wait_ms(self, now_s: float) -> int:
        """How long it may still wait for more."""
        if not self.messages:
            return self.limits.linger_ms
        return max(0, self.limits.linger_ms - int((now_s - self.began_s) * 1000))

    def oldest_at(self) -> int | None:
        """The time of its oldest message, ms."""
        return min((message.at for message in self.messages), default=None)


@dataclass(slots=True)
class Written:
    """A batch told apart by table; `reasons` go with `facts`: why each cannot be read, or empty.

    `letters` are to be written to the log; `heard` were read from it. `next_offsets` is where the
    log goes on once this is in ClickHouse.
    """

    facts: list[Record] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    boards: list[BoardVersion] = field(default_factory=list)
    heard: list[DeadLetter] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)
    next_offsets: dict[Place, int] = field(default_factory=dict)


def tell_apart(messages: Iterable[Record], now_ms: int) -> Written:
    """Judge each message, and put it where it belongs."""
    written = Written()
    for message in messages:
        written.next_offsets[message.topic, message.partition] = message.offset + 1
        if CATALOGUE[message.topic].table == "log_rows":
            reason = unreadable(message)
            written.facts.append(message)
            written.reasons.append(reason)
        else:
            reason = _derived(written, message)
        if reason and message.topic is not Topic.DEAD_LETTERS:
            written.letters.append(letter_about(message, reason, now_ms))
    return written


def _derived(written: Written, message: Record) -> str:
    try:
        if CATALOGUE[message.topic].table == "board_versions":
            written.boards.append(board_version(message))
        else:
            written.heard.append(read(message.topic, message.value))
    except Unreadable as error:
        return error.reason
    return ""
