"""What the API answers and takes about marks and groups."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from agents.reducers.group_board import board_name
from agents.reducers.groups import Standing
from agents.reducers.marks import Entry
from schemas.boards import GroupPreview
from schemas.broadcasts import Evaluator, Text
from schemas.ids import Id, Millis
from schemas.ledgers import Ledger
from schemas.scores import Mark, Marking, Reason
from schemas.tallies import Correction


class OwnMarking(Struct, frozen=True):
    """What an evaluator said of a slot: marks, or why they do not mark it; and when."""

    marks: dict[Id, Mark] | UnsetType = UNSET
    submitted: bool | UnsetType = UNSET
    recused: str | UnsetType = UNSET
    at: Millis | None = None


class OwnMarks(Struct, frozen=True):
    """An evaluator, the broadcast that asks them, and what they said so far, by slot."""

    evaluator: Evaluator
    broadcast: Id
    slots: dict[Id, OwnMarking]


class CardHolder(Struct, frozen=True):
    """An evaluator, and when their card was taken back last, if it ever was."""

    id: Id
    name: Text
    panel: Id
    revoked_at: Millis | None


class GivenMarks(Struct, frozen=True):
    """Anyone's marks of a slot, as an operator sees them after the close."""

    slot: Id
    evaluator: Id
    panel: Id | None
    given: OwnMarking
    changes: int


class CorrectionAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """What an operator puts right: whose marks, what they are, and why."""

    evaluator: Id
    reason: Reason
    marks: dict[Id, Mark] | None = None
    submitted: bool = True
    recused: Reason | None = None

    def __post_init__(self) -> None:
        """Refuse what says both marks and a recusal, or neither."""
        self.marking()

    def marking(self) -> Marking:
        """The marks as they are to be."""
        return Marking(self.marks, self.submitted and self.recused is None, self.recused)


class RevealAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """So many rows in all, from the last place up; never fewer than are revealed."""

    rows: Annotated[int, Meta(ge=1)] | Literal["all"]


class GroupStanding(Struct, frozen=True):
    """A group and how it stands; `of` rows there will be, `revealed` of them are public."""

    id: Id
    broadcast: Id
    title: Text
    board: str
    closed: bool
    of: int
    revealed: int
    missing: int
    public: bool


class NamedVersion(Struct, frozen=True):
    """A version of a group's board: the first has no correction, each other one made it."""

    version: int
    current: bool
    correction: Correction | None


def own_marking(entry: Entry | None) -> OwnMarking:
    """Say what an evaluator said; nothing yet is an empty set of marks."""
    if entry is None:
        return OwnMarking(marks={}, submitted=False)
    marking = entry.marking
    if marking.recused is not None:
        return OwnMarking(recused=marking.recused, at=entry.at)
    return OwnMarking(marks=marking.marks or {}, submitted=marking.submitted, at=entry.at)


def group_standing(found: Standing) -> GroupStanding:
    """Say how a group stands."""
    counts = found.counts()
    return GroupStanding(
        id=found.group.id,
        broadcast=found.broadcast.id,
        title=found.group.title,
        board=board_name(found.group.id),
        closed=found.marks.is_closed,
        of=len(found.slots),
        revealed=found.marks.revealed if found.marks.key is None else len(found.slots),
        missing=sum(entry.missing for entry in counts.values()),
        public=found.marks.key is not None,
    )


MARK_SHAPES = (
    CardHolder,
    CorrectionAsked,
    GivenMarks,
    GroupPreview,
    GroupStanding,
    Ledger,
    Marking,
    NamedVersion,
    OwnMarking,
    OwnMarks,
    RevealAsked,
)
