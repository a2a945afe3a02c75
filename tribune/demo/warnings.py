"""Judges every presenter's warning by the facts alone, in the order of the log.

Pure. It is due so long before the limit as the start says. One that was given stands when the limit
moves and no more than that is left; who ends before it is due, or just then, needs none.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tribune.demo.cuts import LATE_MS, LIMITS

ENDED = "presentation_finished"

Fact = dict[str, Any]


@dataclass(slots=True)
class Warned:
    """What the log says of one slot: the newest limit, the end, and the warnings by their time."""

    warning_ms: int = 0
    decided_at: int = 0
    ends_at: int | None = None
    finished_at: int | None = None
    given: dict[int, int] = field(default_factory=dict[int, int])

    @property
    def planned_at(self) -> int:
        """When the warning of the newest limit was due."""
        return max((self.ends_at or 0) - self.warning_ms, self.decided_at)

    @property
    def is_owed(self) -> bool:
        """Whether the presentation went on well after that."""
        if self.ends_at is None:
            return False
        end = self.ends_at if self.finished_at is None else min(self.ends_at, self.finished_at)
        return end - self.planned_at > LATE_MS

    @property
    def stands(self) -> bool:
        """Whether the last warning was given before the newest limit, which asks for no other."""
        is_before = bool(self.given) and max(self.given) < self.decided_at
        return is_before and (self.ends_at or 0) - self.decided_at <= self.warning_ms


def read(facts: Iterable[Fact]) -> dict[str, Warned]:
    """Sort the facts of `sessions` by slot; of two that follow one command the first counts."""
    slots: dict[str, Warned] = {}
    seen: set[str] = set()
    for fact in facts:
        if fact["type"] != "presentation_started" and fact.get("slot") not in slots:
            continue
        slot = slots.setdefault(fact["slot"], Warned())
        if fact["type"] == "warning_given":
            slot.given.setdefault(fact["planned_at"], fact["sent_at"])
        elif fact["type"] in (*LIMITS, ENDED) and fact["id"] not in seen:
            seen.add(fact["id"])
            _turn(slot, fact)
    return slots


def _turn(slot: Warned, fact: Fact) -> None:
    if fact["type"] in LIMITS:
        slot.warning_ms = fact.get("warning_ms", slot.warning_ms)
        slot.decided_at = fact.get("started_at", fact["at"])
        slot.ends_at = fact["ends_at"]
    else:
        slot.finished_at = fact["at"]


def lateness(slots: Iterable[Warned]) -> list[int]:
    """How late each last warning was given, ms."""
    return [slot.given[max(slot.given)] - max(slot.given) for slot in slots if slot.given]


def wrong(name: str, slot: Warned) -> Iterator[str]:
    """Say what is wrong with a slot's warning."""
    if not slot.is_owed or slot.stands:
        return
    if slot.planned_at not in slot.given:
        yield f"{name}: not warned {slot.warning_ms} ms before the end"
        return
    late = slot.given[slot.planned_at] - slot.planned_at
    if late < 0:
        yield f"{name}: warned {-late} ms early"
    if late > LATE_MS:
        yield f"{name}: warned {late} ms late"
