"""What is said of questions: the facts of the topic `questions`, their tally and their board."""

from typing import Literal

from msgspec import Struct

from schemas.boards import Positions
from schemas.broadcasts import Text
from schemas.ids import Id, Millis


class QuestionFact(Struct, frozen=True, tag_field="type", kw_only=True):
    """What every fact of a question has."""

    at: Millis
    by: str = ""
    question: str
    broadcast: Id


class QuestionAsked(QuestionFact, frozen=True, tag="question_asked"):
    """A citizen asked; `asker` is a pseudonym that belongs to this broadcast alone."""

    text: str
    unit: Id | None
    asker: int
    source: str


class QuestionModerated(QuestionFact, frozen=True, tag="question_moderated"):
    """A moderator let it through, or not, and why."""

    decision: Literal["accepted", "rejected"]
    reason: str = ""


class QuestionMerged(QuestionFact, frozen=True, tag="question_merged"):
    """It asks the same as another one."""

    into: str


class QuestionAired(QuestionFact, frozen=True, tag="question_aired"):
    """It was put on air, to a unit."""

    unit: Id | None


class QuestionAnswered(QuestionFact, frozen=True, tag="question_answered"):
    """An official answered on air."""

    summary: str


class PromiseMade(QuestionFact, frozen=True, tag="promise_made"):
    """What an official promised, and until when."""

    text: str
    due_at: Millis | None = None


class PromiseFollowedUp(QuestionFact, frozen=True, tag="promise_followed_up"):
    """What became of a promise."""

    outcome: Literal["kept", "under_way", "broken"]
    note: str = ""


QuestionsFact = (
    QuestionAsked
    | QuestionModerated
    | QuestionMerged
    | QuestionAired
    | QuestionAnswered
    | PromiseMade
    | PromiseFollowedUp
)


class QuestionsTally(Struct, frozen=True, tag="questions_tally", tag_field="type"):
    """A broadcast and its questions, as of `questions` and `broadcasts`: next offsets, each after
    the last message that touched the broadcast.
    """

    broadcast: Id
    title: Text
    incarnation: int
    positions: dict[str, int]
    at: int


class QuestionRow(Struct, frozen=True):
    """One question that everybody may see."""

    question: str
    text: str
    unit: Id | None


class QuestionsBoard(Struct, frozen=True):
    """A broadcast's public questions; while no rule lets one through it has no rows.

    `as_of` is the time of the newest message in it, ms; `seq` and `positions` as of every board.
    """

    board: str
    seq: int
    as_of: int
    status: Literal["live"]
    positions: Positions
    rows: list[QuestionRow]
    broadcast: Id
    title: Text
