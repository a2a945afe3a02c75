"""The votes agent: folds the frames of its partitions, and says what each counts."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from agents.reducers import rounds
from agents.reducers.rounds import Broadcasts
from agents.reducers.tally import PartitionTally, limit, skip_to, step
from agents.reducers.worker.pace import SAY_AGAIN_MS, Pace
from agents.shells.agent import Means, Task
from agents.shells.speaker import Speaker, Word
from schemas.ballots import read_rows
from schemas.facts import BroadcastsFact
from schemas.topics import Topic
from schemas.wire import Unreadable, encode
from streams.log.replay import Replay

# A fifth of a board's pace (READ_EVERY_MS): what a tally adds to a vote's way to the screen; no
# measured reason beside that: half of it would double what is written
SAY_EVERY_MS = 40
# Partitions that are due within the interval's larger part go along: they share a request
EARLY_MS = 25


class Part(NamedTuple):
    """What a tally is about."""

    round: str
    partition: int


class Votes:
    """A folder of `votes`: one tally for each assigned partition."""

    topic = Topic.VOTES

    def __init__(self, means: Means) -> None:
        self._dead_letters = means.letters
        self._metrics = means.metrics
        self._followed = means.followed
        self._broadcasts = Broadcasts()
        self._current: set[int] = set()
        self.tallies: dict[int, PartitionTally] = {}
        pace: Pace[Part] = Pace(SAY_EVERY_MS, SAY_AGAIN_MS, EARLY_MS)
        self._speaker = Speaker(pace, self._word, means.send, means.metrics.tallies)
        means.followed.listen(Topic.BROADCASTS, self._hear_broadcasts)

    @property
    def tasks(self) -> Sequence[Task]:
        """Saying the tallies."""
        return [self._speaker.run]

    async def starts(self, reader: Replay, partitions: set[int]) -> dict[int, int]:
        """Start at the oldest round that is not retired.

        The ends of `votes` are read before `broadcasts` is: a round that is opened after that has
        all its ballots behind them. They are the start when everything there was is retired.
        """
        ends = await reader.ends(self.topic, partitions)
        await self._followed.reach_ends(reader, [Topic.BROADCASTS])
        state = self._broadcasts
        first, otherwise = state.votes_from(), ends if state.retired else {}
        return {number: first.get(number, otherwise.get(number, 0)) for number in partitions}

    def begin(self, partition: int, start: int) -> None:
        """Count a partition anew."""
        counts_from = self._broadcasts.counts_from(partition)
        self.tallies[partition] = PartitionTally(partition, start, counts_from)
        self._current.discard(partition)

    def fold(self, partition: int, offset: int, value: bytes | None) -> None:
        """Count one frame."""
        tally = self.tallies[partition]
        try:
            at, rows = read_rows(value)
        except Unreadable as unreadable:
            skip_to(tally, offset + 1)
            self._dead_letters.owe(self.topic, partition, offset, unreadable.reason)
            return
        step(tally, offset, at, rows)
        self._metrics.frames.inc()
        self._metrics.ballots.inc(len(rows))
        if partition in self._current:
            self._owe(partition, tally.dirty)
            tally.dirty.clear()

    def passed(self, partition: int, end: int, seconds: float) -> None:
        """Say every round of a partition that stands at the end of the log."""
        tally = self.tallies[partition]
        skip_to(tally, end)
        tally.dirty.clear()
        self._current.add(partition)
        self._metrics.refold_seconds.set(seconds)
        self._owe(partition, self._broadcasts.rounds.keys() | tally.rounds, urgent=True)

    def drop(self, partition: int) -> None:
        """Forget a partition: it is another worker's now."""
        self.tallies.pop(partition, None)
        self._current.discard(partition)

    def _owe(self, partition: int, rounds: Iterable[str], *, urgent: bool = False) -> None:
        for round_id in rounds:
            self._speaker.owe(Part(round_id, partition), urgent=urgent)

    def _hear_broadcasts(self, offset: int, fact: BroadcastsFact | None) -> None:
        """Learn of rounds; what cannot be read touches none, and the rounds agent names it."""
        found = rounds.step(self._broadcasts, offset, fact)
        touched = [round_id for round_id in found if round_id in self._broadcasts.rounds]
        for partition, tally in self.tallies.items():
            limit(tally, self._broadcasts.counts_from(partition))
            if partition in self._current:
                self._owe(partition, touched, urgent=True)

    def _word(self, part: Part) -> Word | None:
        is_retired = part.round in self._broadcasts.retired_rounds
        if part.partition not in self._current or is_retired:
            return None
        value = encode(self.tallies[part.partition].tally(part.round))
        return Word(Topic.TALLIES, part.round.encode(), value)
