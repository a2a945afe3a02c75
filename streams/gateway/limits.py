"""How many ballots who may cast in how long: windows that begin with one's first ballot."""

from typing import Generic, TypeVar

from streams.gateway.generations import Generations

Key = TypeVar("Key")
# Time and count in one integer: 41 bits of ms above these; no limit counts beyond a million
COUNT_BITS = 20
COUNT_MASK = (1 << COUNT_BITS) - 1


class Limit(Generic[Key]):
    """At most so many a window for each key; the window begins with a key's first ballot in it."""

    def __init__(self, most: int, window_ms: int, remembered: int) -> None:
        self._most = min(most, COUNT_MASK)
        self._window_ms = window_ms
        self._windows: Generations[Key, int] = Generations(remembered, window_ms)

    def take(self, key: Key, count: int, now: int) -> int:
        """Count ballots that come; or count none, and say how many ms to wait for their turn."""
        held = self._windows.get(key)
        if held is None or now >= (held >> COUNT_BITS) + self._window_ms:
            held = now << COUNT_BITS
        if (held & COUNT_MASK) + count > self._most:
            return max(1, (held >> COUNT_BITS) + self._window_ms - now)
        self._windows.set(key, held + count, now)
        return 0

    def give_back(self, key: Key, count: int, now: int) -> None:
        """Ballots that were counted just now were not taken after all."""
        held = self._windows.get(key)
        if held is not None:
            self._windows.set(key, held - count, now)
