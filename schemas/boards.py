"""A board: a ranking, its formula's version, and the positions behind it (CONTRACT, Boards).

Scores and intervals are in hundredths, 0 to 10000. Positions are next offsets. Equal positions
give equal bytes.
"""

from typing import Literal

from msgspec import Struct

from schemas.broadcasts import Text
from schemas.formulas import FormulaRef
from schemas.ids import Id
from schemas.seals import Sealed
from schemas.tallies import Correction

# DESIGN, A board's number: no life of a log has so many positions, and what browsers hold exactly
# (2^53) is enough for 8,192 lives
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


class GroupRow(Struct, frozen=True):
    """One presentation's place; without rank and score while nothing is known that may be shown.

    `panels` and `score` are hundredths of what was possible, `marks` counts the evaluators behind
    them, `missing` those who were asked and said nothing.
    """

    slot: Id
    unit: Id
    rank: int | None
    score: int | None
    panels: dict[Id, int]
    marks: int
    missing: int
    status: Literal["ranked", "unranked", "skipped"]


class SealedRows(Struct, frozen=True):
    """What a group's board keeps sealed: every row, and how many marks are missing in all."""

    rows: list[GroupRow]
    missing: int


class GroupBoard(Struct, frozen=True):
    """A group's ranking: in `rows` what is revealed, from the last place up; the rest sealed.

    `of` says how many rows there will be, `revealed` how many there are. `version` is 1 until the
    first correction; each makes a new one, and the older ones stay in the archive.
    """

    board: str
    seq: int
    as_of: int
    status: Status
    formula: FormulaRef
    positions: Positions
    rows: list[GroupRow]
    group: Id
    broadcast: Id
    title: Text
    of: int
    revealed: int
    closed: bool
    version: int
    corrections: list[Correction]
    sealed: Sealed | None


class GroupPreview(GroupBoard, frozen=True, kw_only=True):
    """A group's board as an operator sees it: every row, and which is to be revealed next."""

    missing: int
    next: GroupRow | None


def sequence(incarnation: int, positions: Positions) -> int:
    """A board's number: incarnation x 2^40 + the sum of its positions (DESIGN, Boards)."""
    return incarnation * INCARNATION_STEP + sum(
        offset for partitions in positions.values() for offset in partitions.values()
    )
