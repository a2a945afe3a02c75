"""A board: a ranking, its formula's version, and the positions behind it (CONTRACT, Boards).

Scores and intervals are in hundredths, 0 to 10000. Positions are next offsets. Equal positions
give equal bytes.
"""

from typing import Literal

from msgspec import Struct

from schemas.broadcasts import Text
from schemas.formulas import FormulaRef
from schemas.ids import Id

INCARNATION_STEP = 1 << 40

Status = Literal["live", "provisional", "final", "corrected"]
Positions = dict[str, dict[str, int]]


class Row(Struct, frozen=True):
    """One unit's place; below the minimum, only the number of its ballots is published."""

    unit: Id
    rank: int | None
    rank_from: int | None
    rank_to: int | None
    score: int | None
    interval: tuple[int, int] | None
    counts: dict[str, int] | None
    rated: int
    ballots: int
    status: Literal["ranked", "below_minimum"]


class Board(Struct, frozen=True):
    """A round's satisfaction, ranked; `as_of` is the time of the newest message in it, ms."""

    board: str
    seq: int
    as_of: int
    status: Status
    formula: FormulaRef
    positions: Positions
    rows: list[Row]
    round: Id
    broadcast: Id
    title: Text
    minimum_ballots: int


def sequence(incarnation: int, positions: Positions) -> int:
    """A board's number: incarnation x 2^40 + the sum of its positions (DESIGN, Boards)."""
    return incarnation * INCARNATION_STEP + sum(
        offset for partitions in positions.values() for offset in partitions.values()
    )
