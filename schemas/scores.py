"""Facts of the topic `scores`: evaluators' marks, sealed until their group is revealed."""

from typing import Annotated

from msgspec import Meta, Struct

from schemas.ids import Id, Millis

# No criterion has more points; the sum of all evaluators stays exact in any reader's numbers
Mark = Annotated[int, Meta(ge=0, le=1_000_000)]
# A reason is a sentence, and every evaluator's is read
LONGEST_REASON = 500
Reason = Annotated[str, Meta(min_length=1, max_length=LONGEST_REASON)]


class Marking(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an evaluator says of a slot: marks by criterion, or why they do not mark it."""

    marks: dict[Id, Mark] | None = None
    submitted: bool = False
    recused: Reason | None = None

    def __post_init__(self) -> None:
        """Refuse what says both, or neither."""
        if (self.marks is None) == (self.recused is None):
            raise ValueError("say either `marks` or `recused`")
        if self.recused is not None and self.submitted:
            raise ValueError("who is recused submits nothing")


class ScoreFact(Struct, frozen=True, tag_field="type", kw_only=True):
    """What every fact of `scores` has."""

    at: Millis
    by: str = ""
    broadcast: Id
    group: Id


class MarksSealed(ScoreFact, frozen=True, tag="marks_sealed"):
    """An evaluator's `Marking` of a slot, sealed under the group's key (`schemas.seals`).

    The newest before the group's close counts.
    """

    slot: Id
    evaluator: Id
    nonce: str
    sealed: str


class MarksCorrected(ScoreFact, frozen=True, tag="marks_corrected"):
    """A marking that an operator put right after the close, and why."""

    slot: Id
    evaluator: Id
    nonce: str
    sealed: str
    reason: Reason


class GroupClosed(ScoreFact, frozen=True, tag="group_closed"):
    """No evaluator changes a mark of the group from here on."""


class RowRevealed(ScoreFact, frozen=True, tag="row_revealed"):
    """So many rows of the group's board are public, from the last place up."""

    rows: Annotated[int, Meta(ge=0)]


class KeyPublished(ScoreFact, frozen=True, tag="key_published"):
    """The last row is revealed: with this key anyone opens the marks and recomputes."""

    key: str


ScoresFact = MarksSealed | MarksCorrected | GroupClosed | RowRevealed | KeyPublished
