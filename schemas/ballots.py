"""A ballot is one citizen's choice on one unit; a frame holds the ballots that arrived together."""

from collections.abc import Iterable
from enum import IntEnum
from typing import Any, NamedTuple

import orjson

from schemas.wire import Unreadable, parse

VOTER_BITS = 60
FRAME_TYPE = "ballots_cast"


class Choice(IntEnum):
    """The five choices, in the order of every list and count."""

    VERY_SATISFIED = 0
    SATISFIED = 1
    AVERAGE = 2
    NOT_SATISFIED = 3
    NOT_APPLICABLE = 4

    @property
    def word(self) -> str:
        """Its name outside: `very_satisfied`."""
        return self.name.lower()


CHOICES: tuple[str, ...] = tuple(choice.word for choice in Choice)
CHOICE_BY_WORD: dict[str, Choice] = {choice.word: choice for choice in Choice}


class Ballot(NamedTuple):
    """One row of a frame.

    `voter` is a keyed pseudonym below 2**60, one key per round; `created_at` is the ballot's own
    time in ms; `source` names the door: `wechat:ACCOUNT`, `partner:NAME` or `web`.
    """

    round: str
    unit: str
    voter: int
    choice: int
    created_at: int
    source: str


class Frame(NamedTuple):
    """All ballots that arrived for one partition within a few ms; `at` is when, in ms."""

    at: int
    ballots: list[Ballot]


def encode_frame(at: int, ballots: Iterable[Ballot]) -> bytes:
    """Write a frame: `{"type":"ballots_cast","at":ms,"b":[[round,unit,voter,choice,...],...]}`."""
    rows = [list(ballot) for ballot in ballots]
    return orjson.dumps({"type": FRAME_TYPE, "at": at, "b": rows})


def decode_frame(value: bytes | None) -> Frame:
    """Read a frame, whole or not at all.

    Raises:
        Unreadable: not a frame, or a ballot in it is not one; the reason quotes no content.
    """
    at, rows = read_rows(value)
    return Frame(at, [Ballot(*row) for row in rows])


def read_rows(value: bytes | None) -> tuple[int, list[list[Any]]]:
    """Read a frame's time and its checked rows, as bare lists: the hot way of a fold.

    Raises:
        Unreadable: not a frame, or a row in it is not a ballot; the reason quotes no content.
    """
    message = parse(value)
    if not isinstance(message, dict) or message.get("type") != FRAME_TYPE:
        raise Unreadable("frame: not of type ballots_cast")
    at, rows = message.get("at"), message.get("b")
    if type(at) is not int or at < 0 or type(rows) is not list:
        raise Unreadable("frame: 'at' must be milliseconds and 'b' a list")
    for item, row in enumerate(rows):
        if not _is_ballot(row):
            raise Unreadable(f"frame: item {item} is not a ballot")
    return at, rows


def _is_ballot(row: Any) -> bool:
    try:
        round_id, unit, voter, choice, created_at, source = row
    except (TypeError, ValueError):
        return False
    return (
        type(round_id) is str
        and type(unit) is str
        and type(voter) is int
        and type(choice) is int
        and type(created_at) is int
        and type(source) is str
        and 0 <= voter < 1 << VOTER_BITS
        and 0 <= choice <= 4
        and 0 <= created_at < 1 << 45
    )
