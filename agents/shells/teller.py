"""The agent of a kind of boards whose tallies follow from one topic: the kind says how."""

from collections.abc import Iterable, Sequence

from agents.reducers.board_kind import TopicFold
from agents.reducers.worker.pace import READ_EVERY_MS, SAY_AGAIN_MS, Pace
from agents.shells.agent import Means, Task
from agents.shells.speaker import Speaker, Word
from schemas.catalogue import read
from schemas.topics import Topic
from schemas.wire import Unreadable, encode
from streams.log.replay import Replay


class Teller:
    """A folder of a kind's topic, for the one worker that has it."""

    def __init__(self, means: Means, fold: TopicFold) -> None:
        self.topic = fold.topic
        self._fold = fold
        self._letters = means.letters
        self._followed = means.followed
        self._state = fold.fresh()
        self._is_current = False
        pace: Pace[str] = Pace(READ_EVERY_MS, SAY_AGAIN_MS)
        self._speaker = Speaker(pace, self._word, means.send, means.metrics.tallies)
        for topic in fold.follows:
            means.followed.listen(
                topic, lambda offset, message, topic=topic: self._hear(topic, offset, message)
            )

    @property
    def tasks(self) -> Sequence[Task]:
        """Saying the tallies."""
        return [self._speaker.run]

    async def starts(self, reader: Replay, partitions: set[int]) -> dict[int, int]:
        """Fold from the first fact on, beside all that the other topics hold by now."""
        await self._followed.reach_ends(reader, self._fold.follows)
        return dict.fromkeys(partitions, 0)

    def begin(self, partition: int, start: int) -> None:
        """Begin with nothing."""
        self.drop(partition)

    def fold(self, partition: int, offset: int, value: bytes | None) -> None:
        """Fold one fact; say what it touched."""
        fact = None
        try:
            fact = read(self.topic, value)
        except Unreadable as unreadable:
            self._letters.owe(self.topic, partition, offset, unreadable.reason)
        self._hear(self.topic, offset, fact)

    def passed(self, partition: int, end: int, seconds: float) -> None:
        """Say everything."""
        self._is_current = True
        self._owe(self._fold.ids(self._state), urgent=True)

    def drop(self, partition: int) -> None:
        """Another worker has it now."""
        self._fold.forget(self._state)
        self._is_current = False

    def _hear(self, topic: Topic, offset: int, message: object) -> None:
        self._owe(self._fold.hear(self._state, topic, offset, message), urgent=False)

    def _owe(self, ids: Iterable[str], *, urgent: bool) -> None:
        if self._is_current:
            for ident in ids:
                self._speaker.owe(ident, urgent=urgent)

    def _word(self, ident: str) -> Word | None:
        tally = self._fold.tally(self._state, ident) if self._is_current else None
        return None if tally is None else Word(Topic.TALLIES, ident.encode(), encode(tally))
