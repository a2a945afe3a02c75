"""Judges every microphone's last cut by the facts alone, in the order of the log.

Pure. A cut is due at the limit that the facts name, or when an operator finished or cut. A decision
that reached the log when the cut was under way does not make it wrong.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

# A hall hears half a second; a cut at the limit is late by some ms (measured, bench/cuts.py)
LATE_MS = 500
# An operator's order goes through console, log, worker and stage of a machine that is busy
ORDERED_WITHIN_MS = 5_000
# A cut that was sent by then may be confirmed after the decision that moved the limit
UNDER_WAY_MS = 1_000
LIMITS = ("presentation_started", "presentation_resumed", "time_added")

Fact = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Due:
    """When a microphone was to be off: by which decision, at which place of the log."""

    place: int
    decided_at: int
    at: int
    is_limit: bool


@dataclass(slots=True)
class Slot:
    """What the log says of one slot: when its microphones were due, and their cuts in order."""

    dues: list[Due] = field(default_factory=list[Due])
    cuts: dict[str, list[tuple[int, Fact]]] = field(
        default_factory=dict[str, list[tuple[int, Fact]]]
    )


def read(facts: Iterable[tuple[int, Fact]]) -> dict[str, Slot]:
    """Sort the facts of `sessions`, each with its place in the log, by slot."""
    slots: dict[str, Slot] = {}
    for place, fact in facts:
        slot = slots.setdefault(fact.get("slot") or "", Slot())
        due = _due(fact)
        if due is not None:
            slot.dues.append(Due(place, fact["at"], due, fact["type"] in LIMITS))
        if fact["type"] == "microphone_cut":
            slot.cuts.setdefault(fact["device"], []).append((place, fact))
    return slots


def _due(fact: Fact) -> int | None:
    match fact["type"]:
        case "presentation_started" | "presentation_resumed" | "time_added":
            return fact["ends_at"]
        case "presentation_finished" | "presentation_paused":
            return fact["at"]
        case "microphone_ordered" if not fact["is_open"]:
            return fact["at"]
        case _:
            return None


def lateness(slots: Iterable[Slot]) -> list[int]:
    """How late each last cut at a limit was sent, ms."""
    return [
        cut["sent_at"] - cut["planned_at"]
        for slot in slots
        for _, cut in _last(slot)
        if any(due.is_limit and due.at == cut["planned_at"] for due in slot.dues)
    ]


def wrong(name: str, slot: Slot, devices: Collection[str]) -> Iterator[str]:
    """Say what is wrong with a slot's last cuts."""
    for device in devices - slot.cuts.keys():
        yield f"{name}: {device} was not cut"
    for place, cut in _last(slot):
        for problem in _problems(slot.dues, place, cut):
            yield f"{name}, {cut['device']}: {problem}"


def _last(slot: Slot) -> list[tuple[int, Fact]]:
    """The last cut of each device; told twice it counts where it is confirmed."""
    return [
        max(cuts, key=lambda told: (told[1]["planned_at"], told[1]["confirmed_at"] or 0))
        for cuts in slot.cuts.values()
    ]


def _problems(dues: Sequence[Due], place: int, cut: Fact) -> Iterator[str]:
    planned, sent = cut["planned_at"], cut["sent_at"]
    own = [due for due in dues if due.at == planned]
    within = LATE_MS if any(due.is_limit for due in own) else ORDERED_WITHIN_MS
    if cut["confirmed_at"] is None:
        yield "not confirmed"
    if not own:
        yield "planned for a time that no fact names"
    if sent < planned:
        yield f"{planned - sent} ms early"
    if sent - planned > within:
        yield f"{sent - planned} ms late"
    if own and _was_moved(own[-1], dues, place, sent):
        yield "cut at a limit that had been moved"


def _was_moved(own: Due, dues: Sequence[Due], place: int, sent: int) -> bool:
    """Whether a later limit was known well before a cut at an earlier one was sent."""
    return own.is_limit and any(
        due.is_limit and own.place < due.place < place and sent - due.decided_at > UNDER_WAY_MS
        for due in dues
    )
