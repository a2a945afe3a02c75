"""The boards that there are: a new kind is a line of `KINDS`; nobody else asks for prefixes."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from agents.reducers import group_kind, questions, round_kind
from agents.reducers.board_kind import BoardKind, Held
from schemas.seals import GroupKey

KINDS: dict[str, BoardKind] = {
    kind.prefix: kind
    for kind in (
        round_kind.KIND,
        group_kind.KIND,
        questions.KIND,
    )
}


def kind_of(board: str) -> BoardKind | None:
    """The kind of a board by its id, `PREFIX:ID`, or None when there is no such kind."""
    return KINDS.get(board.partition(":")[0])


def id_of(board: str) -> str:
    """What the board is about: the part of its id behind the kind's prefix."""
    return board.partition(":")[2]


def nothing() -> Held:
    """What is held of `tallies` before the first."""
    return {prefix: kind.fresh() for prefix, kind in KINDS.items()}


def take(held: Held, tally: Struct, key_of: GroupKey) -> list[str]:
    """Hold a tally, if it is news.

    Returns:
        The ids of the boards that may have changed.

    Raises:
        Unreadable: it does not open.
    """
    made_of = next(kind for kind in KINDS.values() if isinstance(tally, kind.tallies))
    if not made_of.take(held[made_of.prefix], tally, key_of):
        return []
    return list(_names(held, tally))


def make(held: Held, board: str, key_of: GroupKey) -> Any:
    """Make a board by its id, or None while something of it is missing."""
    kind = kind_of(board)
    return kind.make(held, id_of(board), key_of) if kind else None


def names(held: Held) -> list[str]:
    """The ids of all boards that something is held of."""
    return [kind.name(ident) for kind in KINDS.values() for ident in kind.ids(held[kind.prefix])]


def is_urgent(tally: Struct) -> bool:
    """Whether what a tally changed is said at once."""
    return any(isinstance(tally, kind.urgent) for kind in KINDS.values())


def _names(held: Held, tally: Struct) -> Iterable[str]:
    for kind in KINDS.values():
        yield from map(kind.name, kind.touched(held, tally))
