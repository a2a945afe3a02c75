"""A worker's own fold of `broadcasts`, from its start on, by a plain reader."""

from collections.abc import Callable

from agents.reducers.rounds import Broadcasts, step
from schemas.catalogue import read_or_none
from schemas.facts import BroadcastsFact
from schemas.topics import Topic
from streams.log.follower import Follower
from streams.log.interface import Log, Record


class BroadcastsReader:
    """Keeps the fold up to date, and says when it moved, and which rounds were touched.

    What cannot be read touches nothing: the rounds agent names it in `dead-letters`.
    """

    def __init__(self, log: Log, moved: Callable[[list[str]], None]) -> None:
        self._tell = moved
        self._follow = Follower(log, Topic.BROADCASTS, self._fold)
        self.state = Broadcasts()

    async def reach(self, end: int) -> None:
        """Wait until everything before an offset is folded."""
        await self._follow.reach(end)

    async def run(self) -> None:
        """Follow for good; a log that is away is tried again."""
        await self._follow.run()

    def _fold(self, record: Record) -> None:
        fact: BroadcastsFact | None = read_or_none(Topic.BROADCASTS, record.value)
        touched = set(step(self.state, record.offset, fact))
        self._tell(sorted(touched & self.state.rounds.keys()))
