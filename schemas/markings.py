"""Markings in and out of their seals: the one place that knows how a mark lies in the log."""

from typing import NamedTuple

from schemas.ids import Id
from schemas.scores import Marking, MarksCorrected, MarksSealed, ScoresFact
from schemas.seals import GroupKey, NotOpened, Sealed, about_marks, seal, unseal
from schemas.wire import Unreadable, decode, encode

ROOM_BYTES = 2_048
"""Also the longest reason not to mark takes no more, in Chinese or in any other script."""


class MarkPlace(NamedTuple):
    """Whose marks of which slot."""

    broadcast: Id
    group: Id
    slot: Id
    evaluator: Id


def seal_marking(key_of: GroupKey, place: MarkPlace, marking: Marking) -> Sealed:
    """Seal what an evaluator says of a slot."""
    key = key_of(place.broadcast, place.group)
    return seal(key, encode(marking), about_marks(*place), ROOM_BYTES)


def open_marking(key_of: GroupKey, fact: ScoresFact) -> Marking | None:
    """What a fact of `scores` seals, or None when it seals nothing.

    Raises:
        Unreadable: it does not open, or is no marking; the reason quotes no content.
    """
    if not isinstance(fact, MarksSealed | MarksCorrected):
        return None
    about = about_marks(fact.broadcast, fact.group, fact.slot, fact.evaluator)
    try:
        text = unseal(key_of(fact.broadcast, fact.group), Sealed(fact.nonce, fact.sealed), about)
    except NotOpened:
        raise Unreadable("seal: it does not open with its group's key") from None
    return decode(text, Marking)
