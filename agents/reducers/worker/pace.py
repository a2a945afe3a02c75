"""When to say what: at most once an interval, at once when urgent, and again when all is quiet."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)

SAY_AGAIN_MS = 5_000
"""Soft state is said again so often: who joins late waits no longer (DESIGN, Topics)."""
READ_EVERY_MS = 200
"""Five boards a second are as many as anyone reads."""


@dataclass(slots=True)
class Pace(Generic[Key]):
    """Words that are owed, each with the time (ms) at which it is due.

    A change is said at once if the word was silent for `interval_ms`, else when that is over; what
    was said is due again after `again_ms`. What is due within `early_ms` goes along with what is
    due now: words that are said together share a request and its answer.
    """

    interval_ms: int
    again_ms: int
    early_ms: int = 0
    due_at: dict[Key, int] = field(default_factory=dict)
    said_at: dict[Key, int] = field(default_factory=dict)

    def owe(self, key: Key, now: int, *, urgent: bool = False) -> int:
        """Owe a word since a time: it changed, or could not be said.

        Returns:
            When it is due.
        """
        said = self.said_at.get(key)
        at = now if urgent or said is None else max(now, said + self.interval_ms)
        self.due_at[key] = at = min(at, self.due_at.get(key, at))
        return at

    def take(self, now: int) -> list[Key]:
        """The words that are due, in the order they came due; they count as said now."""
        next_at = self.next_at()
        if next_at is None or next_at > now:
            return []
        until = now + self.early_ms
        due = sorted((at, place) for place, at in enumerate(self.due_at.values()) if at <= until)
        keys = list(self.due_at)
        taken = [keys[place] for _, place in due]
        for key in taken:
            self.said_at[key] = now
            self.due_at[key] = now + self.again_ms
        return taken

    def forget(self, key: Key) -> None:
        """Never say it again, unless it is owed anew."""
        self.due_at.pop(key, None)
        self.said_at.pop(key, None)

    def next_at(self) -> int | None:
        """When something is due next, or None."""
        return min(self.due_at.values(), default=None)
