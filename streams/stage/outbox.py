"""Facts on their way to the log: in order, each until the log has it."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable

from aiokafka.errors import KafkaError

from schemas.topics import Topic
from schemas.wire import parse
from streams.log.producer import LogProducer, LogUnavailable

# The producer has tried for seconds before it says that the log is away
RETRY_S = 0.5
# A day makes some hundreds of facts a device; beyond it the oldest are lost, not the memory
MOST_OWED = 10_000

log = logging.getLogger(__name__)


class Outbox:
    """Owes facts to `sessions`; `changed` is called when it owes more or less."""

    def __init__(self, owed: Iterable[str], changed: Callable[[], None]) -> None:
        self._owed = deque((value.encode() for value in owed), maxlen=MOST_OWED)
        self._changed = changed
        self._posted = asyncio.Event()
        if self._owed:
            self._posted.set()

    def __len__(self) -> int:
        return len(self._owed)

    @property
    def owed(self) -> list[str]:
        """What the log does not have yet."""
        return [value.decode() for value in self._owed]

    def post(self, value: bytes) -> None:
        """Owe one more."""
        self._owed.append(value)
        self._posted.set()
        self._changed()

    async def send(self, producer: LogProducer) -> None:
        """Send until cancelled; what the log may have taken is sent again, its id makes it one."""
        while True:
            await self._posted.wait()
            self._posted.clear()
            while self._owed:
                value = self._owed[0]
                try:
                    await producer.send(Topic.SESSIONS, value, key=_key(value), partition=0)
                except LogUnavailable:
                    await asyncio.sleep(RETRY_S)
                    continue
                except KafkaError as error:
                    log.error("the log refuses a fact: %r", error)
                if self._owed and self._owed[0] is value:
                    self._owed.popleft()
                self._changed()


def _key(value: bytes) -> bytes:
    return str(parse(value)["broadcast"]).encode()
