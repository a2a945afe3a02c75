"""WeChat sends a message up to three times, perhaps overlapping: all get one answer.

Who asks while the first answer is being made waits for that one. What could not be settled (the
log was away) is forgotten, so that a retry is a new try. Forgetting early does no harm: a vote
that is cast twice at the same time of its own counts once.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, NamedTuple

# WeChat's last retry comes 10 s after the first try; the rest is for clocks and queues
KEPT_MS = 60_000
# Two seconds of a gateway's greatest load; forgetting early does no harm (see above)
MOST_KEPT = 20_000

log = logging.getLogger(__name__)


class Settled(NamedTuple):
    """An answer: its text (None is silence), a word for the counters, and when it was made, ms.

    `final` is false when a retry should try again.
    """

    text: str | None
    outcome: str
    at: int
    final: bool = True


@dataclass(slots=True)
class _Entry:
    answer: Settled | asyncio.Task[Settled]
    since: int


class Retries:
    """The answers of the last minute, by message."""

    def __init__(self, *, kept_ms: int = KEPT_MS, most_kept: int = MOST_KEPT) -> None:
        self._kept_ms = kept_ms
        self._most_kept = most_kept
        self._entries: OrderedDict[bytes, _Entry] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    async def answer(
        self,
        key: bytes,
        begin: Callable[[], Coroutine[Any, Any, Settled]],
        *,
        now: int,
        within_s: float,
    ) -> Settled | None:
        """The answer to a message, made once; None when it takes longer (it goes on being made)."""
        self._forget(now)
        entry = self._entries.get(key)
        if entry is None:
            entry = self._begin(key, begin, now)
        if isinstance(entry.answer, Settled):
            return entry.answer
        task = entry.answer
        await asyncio.wait((task,), timeout=within_s)
        return task.result() if task.done() else None

    def _begin(
        self, key: bytes, begin: Callable[[], Coroutine[Any, Any, Settled]], now: int
    ) -> _Entry:
        task = asyncio.create_task(begin())
        entry = self._entries[key] = _Entry(task, now)

        def settle(done: asyncio.Task[Settled]) -> None:
            self._settle(key, entry, done)

        task.add_done_callback(settle)
        return entry

    def _settle(self, key: bytes, entry: _Entry, task: asyncio.Task[Settled]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.error("an answer could not be made: %s", type(error).__name__)
        if error is None and not task.cancelled() and task.result().final:
            entry.answer = task.result()
        # it may have been forgotten, and the message be begun anew, while this went on
        elif self._entries.get(key) is entry:
            del self._entries[key]

    def _forget(self, now: int) -> None:
        while self._entries:
            key, oldest = next(iter(self._entries.items()))
            if len(self._entries) < self._most_kept and now - oldest.since < self._kept_ms:
                return
            del self._entries[key]
