"""Says words at their pace; what could not be said is owed until it is."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from contextlib import suppress
from typing import Generic, NamedTuple, TypeVar

from prometheus_client import Counter

from agents.reducers.worker.pace import Pace
from schemas.topics import Topic
from streams.running import steady_s

# Above the 5 to 9 s for which a broker that starts anew was measured to be away: what is in flight
# is not written twice; below the 30 s of Faust's own producer, which may have stuck
ACKED_WITHIN_S = 15.0

Key = TypeVar("Key", bound=Hashable)

log = logging.getLogger(__name__)


class Word(NamedTuple):
    """A message to be written."""

    topic: Topic
    key: bytes
    value: bytes


Send = Callable[[Word], Awaitable[None]]


def steady_ms() -> int:
    """A clock that never goes back, ms."""
    return int(steady_s() * 1_000)


class Speaker(Generic[Key]):
    """Writes a key's newest word whenever its pace says so, one batch at a time.

    A key without a word is forgotten until it is owed again.
    """

    def __init__(
        self, pace: Pace[Key], word: Callable[[Key], Word | None], send: Send, said: Counter
    ) -> None:
        self._pace = pace
        self._word = word
        self._send = send
        self._said = said
        self._wake = asyncio.Event()
        self._sleeps_until: int | None = None

    def owe(self, key: Key, *, urgent: bool = False) -> None:
        """Say a key's word soon: at its pace, or at once."""
        due = self._pace.owe(key, steady_ms(), urgent=urgent)
        if self._sleeps_until is None or due < self._sleeps_until:
            self._wake.set()

    async def run(self) -> None:
        """Say what is due, for good."""
        while True:
            self._wake.clear()
            await self._say(self._pace.take(steady_ms()))
            self._sleeps_until = self._pace.next_at()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._seconds_left()):
                    await self._wake.wait()

    def _seconds_left(self) -> float | None:
        until = self._sleeps_until
        return None if until is None else max(0, until - steady_ms()) / 1_000

    async def _send_in_time(self, word: Word) -> None:
        async with asyncio.timeout(ACKED_WITHIN_S):
            await self._send(word)

    async def _say(self, keys: list[Key]) -> None:
        words: list[tuple[Key, Word]] = []
        for key in keys:
            word = self._word(key)
            if word is None:
                self._pace.forget(key)
            else:
                words.append((key, word))
        sent = await asyncio.gather(
            *(self._send_in_time(word) for _, word in words), return_exceptions=True
        )
        for (key, word), result in zip(words, sent, strict=True):
            if isinstance(result, Exception):
                log.warning("%s: not taken: %s; saying it again", word.topic, type(result).__name__)
                self._pace.owe(key, steady_ms())
            else:
                self._said.inc()
