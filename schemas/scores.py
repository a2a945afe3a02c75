"""Facts of the topic `scores`: evaluators' marks, sealed until their group is revealed."""

from msgspec import Struct

from schemas.ids import Id, Millis


class ScoreFact(Struct, frozen=True, tag_field="type", kw_only=True):
    """What every fact of `scores` has."""

    at: Millis
    by: str = ""
    group: Id


class MarksSealed(ScoreFact, frozen=True, tag="marks_sealed"):
    """An evaluator's marks of a slot: AES-256-GCM under the group's key, base64."""

    slot: Id
    evaluator: Id
    nonce: str
    sealed: str


class GroupClosed(ScoreFact, frozen=True, tag="group_closed"):
    """No mark of the group changes from here on."""


class RowRevealed(ScoreFact, frozen=True, tag="row_revealed"):
    """So many rows of the group's board are public, from the last place up."""

    rows: int


class KeyPublished(ScoreFact, frozen=True, tag="key_published"):
    """The last row is revealed: with this key anyone opens the marks and recomputes."""

    key: str


ScoresFact = MarksSealed | GroupClosed | RowRevealed | KeyPublished
