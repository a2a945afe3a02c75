"""The fold of `scores`: of each evaluator's markings of a slot the newest before the close counts.

It takes markings that are opened already. What a mark is worth is not judged here: that needs the
formula, and is said in `agents.reducers.groups` whenever it is asked.
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

    `position` is after the last fact that changed it, `at` the newest time of these.
    """

    entries: dict[tuple[str, str], Entry] = field(default_factory=dict)
    is_closed: bool = False
    revealed: int = 0
    key: str | None = None
    corrections: list[Correction] = field(default_factory=list)
    position: int = 0
    at: int = 0


@dataclass(slots=True)
class Scores:
    """Everything that `scores` said so far; `folded_to` is the next offset to fold."""

    groups: dict[GroupName, GroupMarks] = field(default_factory=dict)
    folded_to: int = 0

    def group(self, name: GroupName) -> GroupMarks:
        """A group's marks; empty ones when nothing is known of it."""
        return self.groups.get(name) or GroupMarks()


def step(
    state: Scores, offset: int, fact: ScoresFact | None, marking: Marking | None = None
) -> GroupName | None:
    """Fold one message of `scores`; None is one that could not be read.

    `marking` is what the fact seals, or None when it does not open.

    Returns:
        The group that it changed; an offset that was folded before changes nothing.
    """
    if offset < state.folded_to:
        return None
    state.folded_to = offset + 1
    if fact is None:
        return None
    name = GroupName(fact.broadcast, fact.group)
    group = state.groups.get(name) or GroupMarks()
    if not _fold(group, fact, marking):
        return None
    group.position, group.at = offset + 1, max(group.at, fact.at)
    state.groups[name] = group
    return name


def _fold(group: GroupMarks, fact: ScoresFact, marking: Marking | None) -> bool:
    match fact:
        case MarksSealed() if marking and not group.is_closed:
            _note(group, fact, marking)
        case MarksCorrected() if marking and group.is_closed:
            _note(group, fact, marking)
            correction = Correction(fact.at, fact.by, fact.slot, fact.evaluator, fact.reason)
            group.corrections.append(correction)
        case GroupClosed() if not group.is_closed:
            group.is_closed = True
        case RowRevealed() if group.is_closed and fact.rows > group.revealed:
            group.revealed = fact.rows
        case KeyPublished() if group.is_closed and group.key is None:
            group.key = fact.key
        case _:
            return False
    return True


def _note(group: GroupMarks, fact: MarksSealed | MarksCorrected, marking: Marking) -> None:
    place = fact.slot, fact.evaluator
    held = group.entries.get(place)
    group.entries[place] = Entry(marking, fact.at, held.changes + 1 if held else 0)
