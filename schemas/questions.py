"""Facts of the topic `questions`: what citizens asked, and what became of it."""

from typing import Literal

from msgspec import Struct

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
