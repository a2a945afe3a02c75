"""What a kind of board is: everything that is done with one is asked of its kind.

The kinds stand in `agents.reducers.boards`; each says of itself how it is made, and by whom seen.
"""

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from msgspec import Struct

from schemas.seals import GroupKey
from schemas.topics import Topic

Held = dict[str, Any]
"""What is held of `tallies`, by the prefix of the kind that is made of it."""


class Read(NamedTuple):
    """A wish of a recount: hand it each message of these stretches, None for an unreadable one.

    `stretches` are from and to offsets by partition; None as an end is the topic's end now.
    """

    topic: Topic
    stretches: dict[int, tuple[int, int | None]]
    fold: Callable[[int, int, Any], object]


def from_start(topic: Topic, end: int | None, hear: Callable[[int, Any], object]) -> Read:
    """Each message of a topic of one partition, up to an end: `hear` takes its offset and it."""

    def fold(_partition: int, offset: int, message: Any) -> None:
        hear(offset, message)

    return Read(topic, {0: (0, end)}, fold)


class Again(NamedTuple):
    """A board made again: what it is, and what lay sealed in the published and in this one."""

    board: Struct | None
    published_rows: Struct | None = None
    rows: Struct | None = None


Recount = Generator[Read, None, Again]


class CannotRecompute(RuntimeError):
    """There is nothing to compare, or it does not open; the text says why."""


def everybody(_board: Any) -> bool:
    """A board that is nobody's secret."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicFold:
    """How tallies follow from one topic of facts, read beside others; the worker runs it.

    `hear` folds a message of any of them, None for an unreadable one, at its offset: the ids that
    it touched. `forget` lets go of what `topic` said, which is then folded anew from its start.
    """

    topic: Topic
    follows: tuple[Topic, ...]
    fresh: Callable[[], Any]
    hear: Callable[[Any, Topic, int, Any], Iterable[str]]
    forget: Callable[[Any], None]
    ids: Callable[[Any], Iterable[str]]
    tally: Callable[[Any, str], Struct | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardKind:
    """One kind of boards: `PREFIX:ID`.

    `take` holds a tally of `tallies`, if it is news, and `ids` says of which; `touched` names the
    ids whose boards may have changed by one that was, also one of another kind; `make` makes the
    board of an id, or None while something is missing. `recount` makes a published one again from
    the log alone.

    `fold` is how the tallies follow from facts, where no agent of its own says them.

    `is_public` says whether everybody may see a board; one that may be secret is `opened` for its
    operator. A board in a status of `moving` is said again and again: its silence is a fault.
    """

    prefix: str
    shape: type[Struct]
    tallies: tuple[type[Struct], ...]
    fresh: Callable[[], Any]
    take: Callable[[Any, Any, GroupKey], bool]
    ids: Callable[[Any], Iterable[str]]
    touched: Callable[[Held, Any], Iterable[str]]
    make: Callable[[Held, str, GroupKey], Any]
    recount: Callable[[Any, GroupKey], Recount]
    is_public: Callable[[Any], bool] = everybody
    opened: Callable[[Any, GroupKey], Struct] | None = None
    urgent: tuple[type[Struct], ...] = ()
    moving: frozenset[str] = frozenset()
    has_versions: bool = False
    own_channel: bool = False
    fold: TopicFold | None = None

    def name(self, ident: str) -> str:
        """The board's id."""
        return f"{self.prefix}:{ident}"

    def channel(self, ident: str) -> str:
        """The push channel that says it: `board:PREFIX:ID`, or for its own channel `PREFIX:ID`."""
        return self.name(ident) if self.own_channel else f"board:{self.name(ident)}"
