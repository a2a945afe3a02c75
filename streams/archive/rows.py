"""What a message becomes in ClickHouse: pure, from a record of the log to a row."""

from typing import NamedTuple

from schemas.catalogue import read
from schemas.dead_letters import DeadLetter
from schemas.wire import Unreadable
from streams.log.interface import Record


class BoardVersion(NamedTuple):
    """A board by its name and number."""

    board: str
    seq: int
    value: bytes


def unreadable(message: Record) -> str:
    """Why a fact cannot be read, or an empty string; the reason quotes no content."""
    try:
        read(message.topic, message.value)
    except Unreadable as error:
        return error.reason
    return ""


def board_version(message: Record) -> BoardVersion:
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


def letter_about(message: Record, reason: str, at: int) -> DeadLetter:
    """The dead letter about a message that cannot be read."""
    return DeadLetter(
        topic=str(message.topic),
        partition=message.partition,
        offset=message.offset,
        reason=reason,
        by="archive",
        at=at,
    )
