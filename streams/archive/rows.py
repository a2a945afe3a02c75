"""What a message becomes in ClickHouse: pure, from a record of the log to a row."""

from typing import NamedTuple

from schemas.catalogue import read
from schemas.dead_letters import DeadLetter
from schemas.topics import Topic
from schemas.wire import Unreadable


class Message(NamedTuple):
    """One record of the log; `at` is its time, ms."""

    topic: Topic
    partition: int
    offset: int
    at: int
    key: bytes | None
    value: bytes | None


class BoardVersion(NamedTuple):
    """A board by its name and number."""

    board: str
    seq: int
    value: bytes


def unreadable(message: Message) -> str:
    """Why a fact cannot be read, or an empty string; the reason quotes no content."""
    try:
        read(message.topic, message.value)
    except Unreadable as error:
        return error.reason
    return ""


def board_version(message: Message) -> BoardVersion:
    """Read a board's name and number; the rest of it is for ClickHouse's views.

    Raises:
        Unreadable: it has none.
    """
    board = read(message.topic, message.value)
    if not isinstance(board, dict):
        raise Unreadable("board: not an object")
    name, seq = board.get("board"), board.get("seq")
    # 2^63: a UInt64 would hold twice that, but readers in other languages count with a sign
    if type(name) is not str or type(seq) is not int or not 0 <= seq < 1 << 63:
        raise Unreadable("board: 'board' must be a name and 'seq' a number")
    return BoardVersion(name, seq, message.value or b"")


def letter_about(message: Message, reason: str, at: int) -> DeadLetter:
    """The dead letter about a message that cannot be read."""
    return DeadLetter(
        topic=str(message.topic),
        partition=message.partition,
        offset=message.offset,
        reason=reason,
        by="archive",
        at=at,
    )
