"""The parts a board is made of: absolute, and as of positions (DESIGN, One order).

A tally stands on positions; one whose position is behind what is already held is stale.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.broadcasts import Door, Text
from schemas.formulas import PresentationFormula, SatisfactionFormula
from schemas.ids import Id, Millis
from schemas.seals import Sealed

# one a choice (schemas.ballots.Choice)
Counts = Annotated[list[int], Meta(min_length=5, max_length=5)]
RoundStatus = Literal["loaded", "open", "closed", "finalised"]


class VoteTally(Struct, frozen=True, tag="vote_tally", tag_field="type"):
    """What one partition of `votes` counts for one round.

    `counts` has five integers a unit, in the order of the choices, the latest ballot of each voter
    only; `position` is the next offset after the last frame that touched the round, `folded_to` the
    next offset to fold; `at` is the newest time of a frame that touched the round, 0 without one.
    """

    round: Id
    partition: int
    counts: dict[str, Counts]
    position: int
    folded_to: int
    at: int


class RankedUnit(Struct, frozen=True):
    """What a ranking needs of a unit."""

    id: Id
    number: int


class RoundTally(Struct, frozen=True, tag="round_tally", tag_field="type"):
    """A round's definition and status, as of `broadcasts`; `position` as in VoteTally."""

    round: Id
    broadcast: Id
    title: Text
    units: list[RankedUnit]
    formula: SatisfactionFormula
    minimum_ballots: int
    accepts: list[Door]
    status: RoundStatus
    closes_at: Millis | None
    final_positions: dict[str, int] | None
    incarnation: int
    position: int
    at: int


class GroupSlot(Struct, frozen=True):
    """What a ranking needs of a presentation; one that is skipped is not ranked."""

    id: Id
    unit: Id
    skipped: bool = False


class Correction(Struct, frozen=True):
    """A mark that was put right after its group was closed, by whom, and why."""

    at: Millis
    by: str
    slot: Id
    evaluator: Id
    reason: str


class SlotCounts(Struct, frozen=True):
    """A slot's submitted marks: of each panel a list per evaluator, in the order of the criteria.

    `missing` counts the evaluators who are asked and have neither submitted nor recused themselves.
    """

    marks: dict[Id, list[list[int]]]
    missing: int


class GroupTally(Struct, frozen=True, tag="group_tally", tag_field="type"):
    """A group's definition and status, and its marks, sealed: `SlotCounts` by slot.

    `positions` are next offsets of `scores`, `sessions` and `broadcasts`, each after the last
    message that touched the group; `corrections` are those since the close.
    """

    broadcast: Id
    group: Id
    title: Text
    formula: PresentationFormula
    slots: list[GroupSlot]
    closed: bool
    revealed: int
    key_published: bool
    corrections: list[Correction]
    incarnation: int
    positions: dict[str, int]
    at: int
    counts: Sealed


RoundsTally = VoteTally | RoundTally
Tally = VoteTally | RoundTally | GroupTally
