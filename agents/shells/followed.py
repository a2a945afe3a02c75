"""What agents read beside their own topics: each topic once a worker, for all of them."""

from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from schemas.catalogue import read_or_none
from schemas.topics import Topic
from streams.log.follower import Follower
from streams.log.interface import Log, Record
from streams.log.replay import Replay

Hear = Callable[[int, Any], None]
"""Takes an offset and its message: None for one that cannot be read, which its own agent names."""


class Followed:
    """Hands every message of a topic to all who listen, in order, read and decoded once.

    Who listens says so before `tasks` are run.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._followers: dict[Topic, Follower] = {}
        self._hear: dict[Topic, list[Hear]] = defaultdict(list)

    def listen(self, topic: Topic, hear: Hear) -> None:
        """Have a topic of one partition heard from its first message on."""
        self._hear[topic].append(hear)
        if topic not in self._followers:
            self._followers[topic] = Follower(
                self._log, topic, lambda record: self._take(topic, record)
            )

    async def reach(self, topic: Topic, end: int) -> None:
        """Wait until everything before an offset is heard."""
        await self._followers[topic].reach(end)

    async def reach_ends(self, reader: Replay, topics: Iterable[Topic]) -> None:
        """Wait until all that these topics hold by now is heard."""
        for topic in topics:
            await self.reach(topic, (await reader.ends(topic, [0]))[0])

    def tasks(self) -> list[Callable[[], Coroutine[None, None, None]]]:
        """What runs for good; a log that is away is tried again."""
        return [follower.run for follower in self._followers.values()]

    def _take(self, topic: Topic, record: Record) -> None:
        message = read_or_none(topic, record.value)
        for hear in self._hear[topic]:
            hear(record.offset, message)
