"""A ballot is one citizen's choice on one unit; a frame holds the ballots that arrived together."""

from collections.abc import Iterable
from enum import IntEnum
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from schemas.ids import Millis
from schemas.wire import Unreadable, without_content

# A Python integer of 60 bits takes 32 bytes, one of 61 takes 48 (docs/decisions/0004)
VOTER_BITS = 60
FRAME_TYPE = "ballots_cast"


class Choice(IntEnum):
    """The five choices, in the order of every list and count."""

    # their numbers are in every frame and count: a new choice comes at the end
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


Row = tuple[
    str,
    str,
    Annotated[int, Meta(ge=0, lt=1 << VOTER_BITS)],
    Annotated[int, Meta(ge=0, le=int(Choice.NOT_APPLICABLE))],
    Millis,
    str,
]


class _Frame(msgspec.Struct, tag=FRAME_TYPE, tag_field="type"):
    at: Annotated[int, Meta(ge=0)]
    b: list[Row]


_FRAME = msgspec.json.Decoder(_Frame)


def encode_frame(at: int, ballots: Iterable[Ballot]) -> bytes:
    """Write a frame: `{"type":"ballots_cast","at":ms,"b":[[round,unit,voter,choice,...],...]}`."""
    return msgspec.json.encode(_Frame(at, list(ballots)))


def decode_frame(value: bytes | None) -> Frame:
    """Read a frame, whole or not at all.

    Raises:
        Unreadable: not a frame, or a ballot in it is not one; the reason quotes no content.
    """
    at, rows = read_rows(value)
    return Frame(at, [Ballot(*row) for row in rows])


def read_rows(value: bytes | None) -> tuple[int, list[Row]]:
    """Read a frame's time and its checked rows, as bare tuples: the hot way of a fold.

    Raises:
        Unreadable: not a frame, or a row in it is not a ballot; the reason quotes no content.
    """
    if value is None:
        raise Unreadable("empty: a message without a value")
    try:
        frame = _FRAME.decode(value)
    except msgspec.ValidationError as error:
        raise Unreadable(f"frame: {without_content(str(error))}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"json: {type(error).__name__}") from None
    return frame.at, frame.b
