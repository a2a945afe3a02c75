"""The groups agent: opens and counts evaluators' marks, and says each group's tally, sealed."""

from collections.abc import Iterable, Sequence

from agents.reducers import groups
from agents.reducers.groups import Groups as State
from agents.reducers.marks import GroupName
from agents.reducers.worker.pace import READ_EVERY_MS, SAY_AGAIN_MS, Pace
from agents.shells.agent import Means, Task
from agents.shells.speaker import Speaker, Word
from schemas.catalogue import read
from schemas.facts import BroadcastsFact
from schemas.markings import open_marking
from schemas.scores import ScoresFact
from schemas.seals import seal_alike
from schemas.sessions import SessionsMessage
from schemas.topics import Topic
from schemas.wire import Unreadable, encode
from streams.log.replay import Replay


class Groups:
    """A folder of `scores`, for the one worker that has it."""

    topic = Topic.SCORES

    def __init__(self, means: Means) -> None:
        self._dead_letters = means.letters
        self._key_of = means.key_of
        self._followed = means.followed
        self._state = State()
        self._is_current = False
        pace: Pace[GroupName] = Pace(READ_EVERY_MS, SAY_AGAIN_MS)
        self._speaker = Speaker(pace, self._word, means.send, means.metrics.tallies)
        means.followed.listen(Topic.BROADCASTS, self._hear_broadcasts)
        means.followed.listen(Topic.SESSIONS, self._hear_sessions)

    @property
    def tasks(self) -> Sequence[Task]:
        """Saying the tallies."""
        return [self._speaker.run]

    async def starts(self, reader: Replay, partitions: set[int]) -> dict[int, int]:
        """Fold from the first fact on, beside all that the other two topics hold by now."""
        await self._followed.reach_ends(reader, [Topic.BROADCASTS, Topic.SESSIONS])
        return dict.fromkeys(partitions, 0)

    def begin(self, partition: int, start: int) -> None:
        """Begin with nothing."""
        self.drop(partition)

    def fold(self, partition: int, offset: int, value: bytes | None) -> None:
        """Fold one fact; say what it touched."""
        fact: ScoresFact | None = None
        marking = None
        try:
            fact = read(self.topic, value)
            marking = open_marking(self._key_of, fact) if fact else None
        except Unreadable as unreadable:
            self._dead_letters.owe(self.topic, partition, offset, unreadable.reason)
        self._owe(groups.hear_scores(self._state, offset, fact, marking))

    def passed(self, partition: int, end: int, seconds: float) -> None:
        """Say every group."""
        self._is_current = True
        self._owe(self._state.names(), urgent=True)

    def drop(self, partition: int) -> None:
        """Another worker has it now."""
        groups.forget_scores(self._state)
        self._is_current = False

    def _hear_broadcasts(self, offset: int, fact: BroadcastsFact | None) -> None:
        self._owe(groups.hear_broadcasts(self._state, offset, fact), urgent=True)

    def _hear_sessions(self, offset: int, message: SessionsMessage | None) -> None:
        self._owe(groups.hear_sessions(self._state, offset, message))

    def _owe(self, names: Iterable[GroupName], *, urgent: bool = False) -> None:
        if self._is_current:
            for name in names:
                self._speaker.owe(name, urgent=urgent)

    def _word(self, name: GroupName) -> Word | None:
        held = groups.standing(self._state, name) if self._is_current else None
        if held is None:
            return None
        about = groups.about_tally(name, groups.positions(self._state, held))
        room = len(encode(held.fullest()))
        sealed = seal_alike(self._key_of(*name), encode(held.counts()), about, room)
        tally = groups.tally(self._state, held, sealed)
        return Word(Topic.TALLIES, name.group.encode(), encode(tally))
