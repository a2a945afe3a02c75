"""The fold of every live broadcast, kept up to date from the log."""

import asyncio
from collections.abc import Callable
from typing import Any

from agents.reducers.live_state import LiveState, step_broadcasts, step_scores, step_sessions
from schemas.catalogue import read_or_none
from schemas.topics import Topic
from streams.log.follower import Follower
from streams.log.interface import Log, Record

Step = Callable[[LiveState, int, Any], set[str]]


class LiveFollower:
    """Follows `broadcasts`, `sessions` and `scores`; says which broadcasts each message touched.

    What cannot be read is passed over: the worker names it in `dead-letters`.
    """

    def __init__(
        self,
        log: Log,
        moved: Callable[[set[str]], None],
        *,
        rehearsal: bool = False,
    ) -> None:
        self.state = LiveState(is_rehearsal=rehearsal)
        self._moved = moved
        followed: dict[Topic, Step] = {
            Topic.BROADCASTS: step_broadcasts,
            Topic.SESSIONS: step_sessions,
            Topic.SCORES: step_scores,
        }
        self._followers = [
            Follower(log, topic, self._folder(topic, step)) for topic, step in followed.items()
        ]

    @property
    def is_caught_up(self) -> bool:
        """Whether all that the log held at the start is folded."""
        return all(follower.caught_up for follower in self._followers)

    def silence_s(self) -> float:
        """Seconds since the log was heard of last; infinite before the first time."""
        return max(follower.silence_s() for follower in self._followers)

    def problem(self, silent_s: float = 2.0) -> str | None:
        """What is wrong, in words for an operator, or None."""
        found = (follower.problem(silent_s) for follower in self._followers)
        return next((problem for problem in found if problem), None)

    async def run(self) -> None:
        """Follow until cancelled; a broker that is away is tried again."""
        async with asyncio.TaskGroup() as group:
            for follower in self._followers:
                group.create_task(follower.run())

    def _folder(self, topic: Topic, step: Step) -> Callable[[Record], None]:
        def fold(record: Record) -> None:
            message = read_or_none(topic, record.value)
            self._moved(step(self.state, record.offset, message))

        return fold
