"""A mapping that forgets: bounded in memory and in age, without a look at every entry."""

from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Generations(Generic[Key, Value]):
    """Two dicts, a young and an old one; the old one is dropped whole.

    An entry lives at least `lifetime` (of whatever unit `now` has) and at most twice that after it
    was set last, and less only when more than `most` entries are set in that time.
    """

    def __init__(self, most: int, lifetime: float) -> None:
        self._most = max(1, most // 2)
        self._lifetime = lifetime
        self._young: dict[Key, Value] = {}
        self._old: dict[Key, Value] = {}
        self._since = float("-inf")

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def get(self, key: Key) -> Value | None:
        """What was set last, or None when that was forgotten or never was."""
        found = self._young.get(key)
        return self._old.get(key) if found is None else found

    def set(self, key: Key, value: Value, now: float) -> None:
        """Hold a value at a time."""
        if now - self._since >= self._lifetime or len(self._young) >= self._most:
            # nothing was set for so long that the young ones are too old as well
            if now - self._since >= 2 * self._lifetime:
                self._young = {}
            self._old, self._young, self._since = self._young, {}, now
        self._young[key] = value
