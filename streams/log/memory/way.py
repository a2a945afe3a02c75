"""A process's way to a log in memory: open, or cut."""

import asyncio
from collections.abc import Callable

from aiokafka.errors import KafkaConnectionError, KafkaTimeoutError

from streams.log.memory.broker import MemoryBroker
from streams.log.memory.faults import Faults

# aiokafka's default `request_timeout_ms`.
REQUEST_WITHIN_S = 40.0


class Way:
    """What a process's clients have in common; `now_ms` is the process's own clock."""

    def __init__(
        self, broker: MemoryBroker, now_ms: Callable[[], int], faults: Faults, where: str
    ) -> None:
        self.broker = broker
        self.now_ms = now_ms
        self.faults = faults
        self.where = where
        self.is_cut = False
        self.is_silent = False
        self.mended: dict[Callable[[], None], None] = {}

    def cut(self, *, silently: bool = False) -> None:
        """Part this process from the log.

        It is refused at once, as by a broker that was killed; or `silently`, as by one that is
        frozen: what is sent meanwhile is written when the way is mended, though nobody waits.
        """
        self.is_cut, self.is_silent = True, silently

    def mend(self) -> None:
        """Let it through again."""
        self.is_cut = False
        self.broker.tell()
        for told in list(self.mended):
            told()

    async def connect(self) -> None:
        """Find the broker there, or wait until it answers, or be refused."""
        await asyncio.sleep(0)
        if self.is_cut and not self.is_silent:
            raise KafkaConnectionError(f"{self.where} refuses the connection")
        await self.until(lambda: not self.is_cut)

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait for something at the broker, as long as a request may take."""
        try:
            async with asyncio.timeout(REQUEST_WITHIN_S):
                while not is_so():
                    await self.broker.changed.wait()
        except TimeoutError:
            raise KafkaTimeoutError(f"{self.where} does not answer") from None
