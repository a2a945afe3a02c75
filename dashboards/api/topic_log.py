"""The console's side of one topic of facts: it folds what the log says, and writes to it."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.errors import MessageSizeTooLargeError
from msgspec import Struct

from dashboards.api.web.errors import RequestRefused, not_done, unavailable
from dashboards.api.web.metrics import Metrics
from schemas.catalogue import read
from schemas.topics import Topic
from schemas.wire import Unreadable, encode
from streams.log.follower import Follower
from streams.log.interface import Log, Record
from streams.log.producer import LogProducer, LogUnavailable

TAKE_WITHIN_S = 2.5
"""An operator who waits longer for a write presses again; what the log took counts all the same."""
FOLD_WITHIN_S = 5.0
"""What the log took comes back within milliseconds: a log that needs seconds is as good as away."""
REMEMBERED = 10_000
"""Facts without effect: whoever wrote one asks as soon as it is folded."""

Fold = Callable[[int, Any], bool]
"""Takes an offset and its message, None for one that cannot be read: whether it had an effect."""

log = logging.getLogger(__name__)


class TopicLog:
    """Folds a topic in its order; what is written is folded when the writing returns.

    `unsure` and `late` say what to do when nobody knows whether a fact was written, and when it was
    but did not come back.
    """

    def __init__(
        self,
        log: Log,
        topic: Topic,
        metrics: Metrics,
        fold: Fold,
        *,
        answer_within_s: float = TAKE_WITHIN_S,
        unsure: str = "look how it stands, then do it again",
        late: str = "look how it stands",
    ) -> None:
        self._topic = topic
        self._follower = Follower(log, topic, self._take)
        self._producer = LogProducer(log, answer_within_s=answer_within_s)
        self._metrics = metrics
        self._fold = fold
        self._unsure, self._late = unsure, late
        self._turn = asyncio.Lock()
        self._moved = asyncio.Event()
        self._folded_to = 0
        self._without_effect: dict[int, None] = {}

    async def run(self) -> None:
        """Follow the log until cancelled, and be ready to write meanwhile."""
        await self._producer.start()
        try:
            await self._follower.run()
        finally:
            await self._producer.stop()

    @property
    def is_caught_up(self) -> bool:
        """Whether all that the log held at the start is folded."""
        return self._follower.caught_up

    def problem(self) -> str | None:
        """What is wrong, in words for an operator, or None: reading, or writing."""
        return self._follower.problem() or self._producer.problem()

    def is_read(self) -> None:
        """Refuse to answer from a part of the log; from an old one, while it is away, is right.

        Raises:
            RequestRefused: 503: this console has not read the log to its end yet.
        """
        if not self.is_caught_up:
            late = "this console is still catching up with the log"
            raise unavailable(self._follower.problem() or late)

    def is_current(self) -> None:
        """Refuse to judge by what is old.

        Raises:
            RequestRefused: 503: what the log says now is not known here.
        """
        if problem := self._follower.problem():
            raise not_done(problem)

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """Judge and write without another write of this console between.

        Raises:
            RequestRefused: 503: what the log says now is not known here.
        """
        async with self._turn:
            self.is_current()
            yield

    async def write(self, fact: Struct, key: str) -> bool:
        """Write a fact; returns when it is folded here too: whether it had an effect.

        Raises:
            RequestRefused: 503, with what to do then: it may not be written, or not be folded in
                time.
        """
        try:
            offset = await self.send(fact, key)
            async with asyncio.timeout(FOLD_WITHIN_S):
                await self.folded(offset)
        except LogUnavailable as error:
            detail = f"it is not certain that this was written: {error}"
            raise unavailable(f"{detail}; {self._unsure}") from None
        except TimeoutError:
            detail = "this was written, but the log has not given it back yet"
            raise unavailable(f"{detail}; {self._late}") from None
        return offset not in self._without_effect

    async def send(self, message: Struct, key: str) -> int:
        """Write a message; gives its offset when the log has it.

        Raises:
            LogUnavailable: the log did not take it in time; it may hold it all the same.
            RequestRefused: 413: it is larger than the log takes.
        """
        try:
            offset = await self._producer.send(
                self._topic, encode(message), key=key.encode(), partition=0
            )
        except MessageSizeTooLargeError:
            detail = "this is more than one message of the log may hold: make it smaller"
            raise RequestRefused(413, "too_large", detail) from None
        self._metrics.facts.labels(str(type(message).__struct_config__.tag)).inc()
        return offset

    async def folded(self, offset: int) -> None:
        """Wait until the message at an offset is folded."""
        await self.until(lambda: self._folded_to > offset)

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait for what the fold will hold."""
        while not is_so():
            await self._moved.wait()

    def _take(self, record: Record) -> None:
        fact = None
        try:
            fact = read(self._topic, record.value)
        except Unreadable as error:
            log.warning("%s at %d cannot be read: %s", self._topic, record.offset, error.reason)
            self._metrics.unreadable.labels(str(self._topic)).inc()
        if not self._fold(record.offset, fact):
            self._without_effect[record.offset] = None
            if len(self._without_effect) > REMEMBERED:
                del self._without_effect[next(iter(self._without_effect))]
        self._folded_to = record.offset + 1
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
