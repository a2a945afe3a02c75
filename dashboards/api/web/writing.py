"""How the console writes to the log, and waits until it has folded what it wrote."""

import asyncio
from collections.abc import Awaitable, Callable

from aiokafka.errors import MessageSizeTooLargeError
from msgspec import Struct

from dashboards.api.web.errors import Refused, unavailable
from dashboards.api.web.metrics import Metrics
from schemas.topics import Topic
from schemas.wire import encode
from streams.log.producer import LogProducer, LogUnavailable

FOLD_WITHIN_S = 5.0


class Writer:
    """Writes to one topic; whoever folds it calls `moved` after each message."""

    def __init__(
        self,
        producer: LogProducer,
        topic: Topic,
        metrics: Metrics,
        folded_to: Callable[[], int],
    ) -> None:
        self._producer = producer
        self._topic = topic
        self._metrics = metrics
        self._folded_to = folded_to
        self._moved = asyncio.Event()

    async def run(self, follow: Callable[[], Awaitable[None]]) -> None:
        """Be ready to write while `follow` runs."""
        await self._producer.start()
        try:
            await follow()
        finally:
            await self._producer.stop()

    def moved(self) -> None:
        """Have everyone in `until` look again."""
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait for what the fold will hold."""
        while not is_so():
            await self._moved.wait()

    async def send(self, message: Struct, key: str) -> int:
        """Write a message; gives its offset when the log has it.

        Raises:
            LogUnavailable: the log did not take it in time; it may hold it all the same.
            Refused: 413: it is larger than the log takes.
        """
        try:
            offset = await self._producer.send(
                self._topic, encode(message), key=key.encode(), partition=0
            )
        except MessageSizeTooLargeError:
            detail = "this is more than one message of the log may hold: make it smaller"
            raise Refused(413, "too_large", detail) from None
        self._metrics.facts.labels(str(type(message).__struct_config__.tag)).inc()
        return offset

    async def folded(self, offset: int) -> None:
        """Wait until the message at an offset is folded."""
        await self.until(lambda: self._folded_to() > offset)

    async def write(self, fact: Struct, key: str, *, unsure: str, late: str) -> int:
        """Write a fact; gives its offset when it is folded too.

        Raises:
            Refused: 503, with what to do then: it may not be written; or not be folded in time.
        """
        try:
            offset = await self.send(fact, key)
            async with asyncio.timeout(FOLD_WITHIN_S):
                await self.folded(offset)
        except LogUnavailable as error:
            detail = f"it is not certain that this was written: {error}"
            raise unavailable(f"{detail}; {unsure}") from None
        except TimeoutError:
            detail = "this was written, but the log has not given it back yet"
            raise unavailable(f"{detail}; {late}") from None
        return offset
