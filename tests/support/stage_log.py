"""What a stage's evening writes to the log, for tests of those who follow it."""

from typing import Any

from schemas.broadcasts import Broadcast
from schemas.topics import Topic
from schemas.wire import encode
from streams.log.producer import LogProducer
from tests.support.stage_evening import COUNTY, StageEvening


class StageLog(StageEvening):
    """An evening in memory whose messages are written to a log too, in their order."""

    def __init__(self, log: LogProducer, broadcast: Broadcast = COUNTY) -> None:
        self._log = log
        self._said: list[tuple[Topic, Any]] = []
        super().__init__(broadcast)

    def broadcast(self, fact: Any) -> set[str]:
        self._said.append((Topic.BROADCASTS, fact))
        return super().broadcast(fact)

    def say(self, fact: Any) -> set[str]:
        self._said.append((Topic.SESSIONS, fact))
        return super().say(fact)

    def score(self, fact: Any) -> set[str]:
        self._said.append((Topic.SCORES, fact))
        return super().score(fact)

    async def write(self) -> None:
        """Write what was said since the last time."""
        said, self._said = self._said, []
        for topic, fact in said:
            await self._log.send(topic, encode(fact), partition=0)
