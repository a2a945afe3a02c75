"""The fold of `scores`: of each evaluator's markings of a slot the newest before the close counts.

A broker may write what a producer had sent twice, the second time after something newer: a marking
counts where it stands first.

It is the one rule of what a fact of `scores` does, for those who open markings and for those who
only see how far a group is. What a mark is worth is not judged here: that needs the formula, and is
said in `agents.reducers.groups` whenever it is asked.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from schemas.scores import (
    GroupClosed,
    KeyPublished,
    Marking,
    MarksCorrected,
    MarksSealed,
    RowRevealed,
    ScoresFact,
)
from schemas.tallies import Correction


class GroupName(NamedTuple):
    """A group of a broadcast."""

    broadcast: str
    group: str


class Entry(NamedTuple):
    """An evaluator's marking of a slot, as it counts; how often it was changed."""

    marking: Marking
    at: int
    changes: int


@dataclass(slots=True)
class GroupMarks:
    """A group's markings by slot and evaluator, and how far it is on its way to being public.

    `nonces` are those of all markings so far: one that comes again is a copy, whatever came since.
    `position` is after the last fact that changed it, `at` the newest time of these.
    """

    entries: dict[tuple[str, str], Entry] = field(default_factory=dict)
    is_closed: bool = False
    revealed: int = 0
    key: str | None = None
    corrections: list[Correction] = field(default_factory=list)
    nonces: set[str] = field(default_factory=set)
    position: int = 0
    at: int = 0


def step(group: GroupMarks, offset: int, fact: ScoresFact, marking: Marking | None) -> bool:
    """Fold one fact about a group; `marking` is what it seals, or None when that is not opened.

    Returns:
        Whether it changed anything.
    """
    if not _fold(group, fact, marking):
        return False
    group.position, group.at = offset + 1, max(group.at, fact.at)
    return True


def is_sealed(fact: ScoresFact) -> bool:
    """Whether a fact is of marks: only who opens them sees that it changed anything."""
    return isinstance(fact, MarksSealed | MarksCorrected)


def _fold(group: GroupMarks, fact: ScoresFact, marking: Marking | None) -> bool:
    match fact:
        case MarksSealed() | MarksCorrected():
            return _mark(group, fact, marking)
        case GroupClosed() if not group.is_closed:
            group.is_closed = True
        case RowRevealed() if group.is_closed and fact.rows > group.revealed:
            group.revealed = fact.rows
        case KeyPublished() if group.is_closed and group.key is None:
            group.key = fact.key
        case _:
            return False
    return True


def _mark(group: GroupMarks, fact: MarksSealed | MarksCorrected, marking: Marking | None) -> bool:
    """Fold a marking; whatever becomes of it, the same again is a copy."""
    is_copy = _is_copy(group, fact)
    group.nonces.add(fact.nonce)
    if is_copy or marking is None or isinstance(fact, MarksCorrected) != group.is_closed:
        return False
    if isinstance(fact, MarksCorrected):
        if _is_made(group, fact, marking):
            return False
        correction = Correction(fact.at, fact.by, fact.slot, fact.evaluator, fact.reason)
        group.corrections.append(correction)
    _note(group, fact, marking)
    return True


def _is_copy(group: GroupMarks, fact: MarksSealed | MarksCorrected) -> bool:
    return fact.nonce in group.nonces


def _is_made(group: GroupMarks, fact: MarksCorrected, marking: Marking) -> bool:
    """Whether it says the last one again: an operator who heard no answer repeats it.

    It makes no new version.
    """
    place = fact.slot, fact.evaluator
    made = [each for each in group.corrections if (each.slot, each.evaluator) == place]
    return bool(made) and made[-1].reason == fact.reason and group.entries[place].marking == marking


def _note(group: GroupMarks, fact: MarksSealed | MarksCorrected, marking: Marking) -> None:
    place = fact.slot, fact.evaluator
    held = group.entries.get(place)
    group.entries[place] = Entry(marking, fact.at, held.changes + 1 if held else 0)
