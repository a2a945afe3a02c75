"""A screen: follows the board on the WebSocket and says how long votes took to show."""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tribune.demo.follow import follow


@dataclass(slots=True)
class BoardScreen:
    """The newest board, and how long acknowledged ballots took until a board counted them.

    Ballots of new voters on a unit only ever raise its number of ballots, so the n-th one that was
    acknowledged is on screen when the unit's row says n.
    """

    url: str
    channel: str
    board: dict[str, Any] | None = None
    boards_seen: int = 0
    delays_ms: list[float] = field(default_factory=list)
    _shown: dict[str, int] = field(default_factory=dict)
    _acked: dict[str, int] = field(default_factory=dict)
    _waiting: dict[str, deque[tuple[int, float]]] = field(default_factory=dict)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def acked(self, unit: str) -> None:
        """Note that the gateway acknowledged the ballot of a new voter on a unit, just now."""
        count = self._acked.get(unit, 0) + 1
        self._acked[unit] = count
        if count > self._shown.get(unit, 0):
            self._waiting.setdefault(unit, deque()).append((count, time.monotonic()))
        else:
            self.delays_ms.append(0.0)

    def start_from_here(self) -> None:
        """Count acknowledged ballots from what the board shows now."""
        self._acked = dict(self._shown)

    async def run(self) -> None:
        """Follow until cancelled; a connection that is lost is made again."""
        await follow(self.url, self.channel, self._take)

    def _take(self, data: dict[str, Any]) -> None:
        now = time.monotonic()
        self.board = data
        self.boards_seen += 1
        for row in data["rows"]:
            self._show(row["unit"], row["ballots"], now)
        self.changed.set()

    def _show(self, unit: str, ballots: int, now: float) -> None:
        self._shown[unit] = ballots
        waiting = self._waiting.get(unit)
        while waiting and waiting[0][0] <= ballots:
            self.delays_ms.append((now - waiting.popleft()[1]) * 1000)

    def percentile_ms(self, share: float) -> float | None:
        """A percentile of the delays, ms; None before the first."""
        return percentile(self.delays_ms, share)


def percentile(delays_ms: Sequence[float], share: float) -> float | None:
    """A percentile of some delays, ms; None of none."""
    if not delays_ms:
        return None
    ordered = sorted(delays_ms)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1)
