"""The votes agent: folds the frames of its partitions, and says what each counts."""

from collections.abc import Callable
from typing import NamedTuple

from agents.reducers.pace import Pace
from agents.reducers.tally import PartitionTally, skip, step
from agents.shells.broadcasts import BroadcastsReader
from agents.shells.dead_letters import DeadLetters
from agents.shells.metrics import Metrics
from agents.shells.replay import Replay
from agents.shells.speaker import Send, Speaker, Word
from schemas.addresses import KafkaAddress
from schemas.ballots import read_rows
from schemas.topics import Topic
from schemas.wire import Unreadable, encode

SAY_EVERY_MS = 100
SAY_AGAIN_MS = 5_000


class Part(NamedTuple):
    """What a tally is about."""

    round: str
    partition: int


class Votes:
    """A folder of `votes`: one tally for each assigned partition."""

    topic = Topic.VOTES

    def __init__(
        self, address: KafkaAddress, send: Send, dead_letters: DeadLetters, metrics: Metrics
    ) -> None:
        self._dead_letters = dead_letters
        self._metrics = metrics
        self._tallies: dict[int, PartitionTally] = {}
        self._passed: set[int] = set()
        pace: Pace[Part] = Pace(SAY_EVERY_MS, SAY_AGAIN_MS)
        self.speaker = Speaker(pace, self._word, send)
        self.broadcasts = BroadcastsReader(address, self._rounds_touched)

    async def starts(self, reader: Replay, partitions: set[int]) -> dict[int, int]:
        """Start at the oldest round that is not retired.

        The ends of `votes` are read before `broadcasts` is: whatever round is opened after that has
        its ballots behind them.
        """
        ends = await reader.ends(self.topic, partitions)
        [known_to] = (await reader.ends(Topic.BROADCASTS, [0])).values()
        await self.broadcasts.reach(known_to)
        held = self.broadcasts.state
        first = held.votes_from()
        return {
            number: first.get(number, ends[number] if held.retired else 0) for number in partitions
        }

    def begin(self, partition: int, start: int) -> None:
        """Count a partition anew."""
        self._tallies[partition] = PartitionTally(partition, folded_to=start)
        self._passed.discard(partition)

    def fold(self, partition: int, offset: int, value: bytes | None) -> None:
        """Count one frame."""
        tally = self._tallies[partition]
        try:
            at, rows = read_rows(value)
        except Unreadable as unreadable:
            skip(tally, offset)
            self._dead_letters.owe(self.topic, partition, offset, unreadable.reason)
            return
        step(tally, offset, at, rows)
        self._metrics.frames.inc()
        self._metrics.ballots.inc(len(rows))
        if partition in self._passed:
            self._owe_dirty(tally)

    def passed(self, partition: int, end: int, seconds: float) -> None:
        """Say every round of a partition that stands at the end of the log."""
        tally = self._tallies[partition]
        skip(tally, end - 1)
        self._passed.add(partition)
        tally.dirty.clear()
        self._metrics.refold_seconds.set(seconds)
        for round_id in self.broadcasts.state.rounds.keys() | tally.rounds.keys():
            self._owe(round_id, partition, urgent=True)

    def drop(self, partition: int) -> None:
        """Forget a partition."""
        tally = self._tallies.pop(partition, None)
        self._passed.discard(partition)
        for round_id in tally.rounds if tally else ():
            self.speaker.forget(Part(round_id, partition))

    def _owe_dirty(self, tally: PartitionTally) -> None:
        for round_id in tally.dirty:
            self._owe(round_id, tally.partition)
        tally.dirty.clear()

    def _owe(self, round_id: str, partition: int, *, urgent: bool = False) -> None:
        self.speaker.owe(Part(round_id, partition), urgent=urgent)

    def _rounds_touched(self, rounds: list[str]) -> None:
        for round_id in rounds:
            for partition in self._passed:
                self._owe(round_id, partition, urgent=True)

    def _word(self, part: Part) -> Word | None:
        tally = self._tallies.get(part.partition)
        if tally is None or part.partition not in self._passed:
            self.speaker.forget(part)
            return None
        value = encode(tally.tally(part.round))
        return Word(Topic.TALLIES, part.round.encode(), value)


Now = Callable[[], int]
