"""How many ballots who may cast in how long: windows that begin with one's first ballot."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from streams.gateway.generations import Generations

Key = TypeVar("Key")
COUNT_BITS = 20


class Limit(Generic[Key]):
    """At most so many a window for each key; the window begins with a key's first ballot in it."""

    def __init__(self, most: int, window_ms: int, remembered: int) -> None:
        self._most = most
        self._window_ms = window_ms
        self._windows: Generations[Key, int] = Generations(remembered, window_ms)

    def wait_ms(self, key: Key, count: int, now: int) -> int:
        """How long to wait until `count` more may come; 0 when they may now."""
        began, used = self._window(key, now)
        return 0 if used + count <= self._most else max(1, began + self._window_ms - now)

    def take(self, key: Key, count: int, now: int) -> None:
        """Count ballots that came."""
        began, used = self._window(key, now)
        self._windows.set(key, began << COUNT_BITS | min(used + count, (1 << COUNT_BITS) - 1), now)

    def _window(self, key: Key, now: int) -> tuple[int, int]:
        held = self._windows.get(key)
        if held is None:
            return now, 0
        began = held >> COUNT_BITS
        return (began, held & (1 << COUNT_BITS) - 1) if now < began + self._window_ms else (now, 0)


def tally(keys: Sequence[Key]) -> dict[Key, int]:
    """How often each key comes."""
    if len(keys) == 1:
        return {keys[0]: 1}
    counts: dict[Key, int] = {}
    for key in keys:
        counts[key] = counts.get(key, 0) + 1
    return counts
