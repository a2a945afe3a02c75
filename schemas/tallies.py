"""The parts a board is made of: absolute, and as of positions (DESIGN, One order).

A tally stands on positions; one whose position is behind what is already held is stale.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.broadcasts import Door, Text
from schemas.formulas import SatisfactionFormula
from schemas.ids import Id, Millis

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


Tally = VoteTally | RoundTally
