"""The rounds agent: says how each round stands, and makes a closed one final."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress

from agents.reducers import closing
from agents.reducers.rounds import Broadcasts, step
from agents.reducers.worker.pace import SAY_AGAIN_MS, Pace
from agents.shells.agent import Means, Task
from agents.shells.speaker import Speaker, Word, steady_ms
from schemas.catalogue import read
from schemas.facts import BroadcastsFact, RoundFinalised
from schemas.topics import VOTE_PARTITIONS, Topic
from schemas.wire import Unreadable, encode
from streams.log.interface import AWAY
from streams.log.replay import Replay, replay

BY = "rounds agent"

log = logging.getLogger(__name__)


class Rounds:
    """A folder of `broadcasts`, for the one worker that has it."""

    topic = Topic.BROADCASTS

    def __init__(self, means: Means) -> None:
        self._log = means.log
        self._send = means.send
        self._now_ms = means.now_ms
        self._dead_letters = means.letters
        self._state = Broadcasts()
        self._is_current = False
        self._closings = closing.Closings()
        self._wake = asyncio.Event()
        pace: Pace[str] = Pace(0, SAY_AGAIN_MS)  # rounds change by hand: at once
        self._speaker = Speaker(pace, self._word, means.send, means.metrics.tallies)

    @property
    def tasks(self) -> Sequence[Task]:
        """Saying how rounds stand, and making closed ones final."""
        return [self._speaker.run, self.settle]

    async def starts(self, reader: Replay, partitions: set[int]) -> dict[int, int]:
        """Fold from the first fact on."""
        return dict.fromkeys(partitions, 0)

    def begin(self, partition: int, start: int) -> None:
        """Begin with nothing."""
        self.drop(partition)

    def fold(self, partition: int, offset: int, value: bytes | None) -> None:
        """Fold one fact; say what it touched."""
        fact: BroadcastsFact | None = None
        try:
            fact = read(self.topic, value)
        except Unreadable as unreadable:
            self._dead_letters.owe(self.topic, partition, offset, unreadable.reason)
        touched = step(self._state, offset, fact)
        if self._is_current:
            self._heard(touched)

    def passed(self, partition: int, end: int, seconds: float) -> None:
        """Say every round, and go on with those that are closing."""
        self._is_current = True
        self._heard(list(self._state.rounds))

    def drop(self, partition: int) -> None:
        """Another worker has it now."""
        self._state, self._is_current = Broadcasts(), False
        self._closings = closing.Closings()

    def _heard(self, touched: list[str]) -> None:
        for round_id in touched:
            self._speaker.owe(round_id, urgent=True)
            closing.hear(self._closings, self._state.rounds[round_id], steady_ms())
        self._wake.set()

    def _word(self, round_id: str) -> Word | None:
        voting_round = self._state.rounds.get(round_id)
        if voting_round is None or not self._is_current:
            return None
        tally = voting_round.tally(self._state.incarnation)
        return Word(Topic.TALLIES, round_id.encode(), encode(tally))

    async def settle(self) -> None:
        """Make closed rounds final when their time has come, for good."""
        while True:
            self._wake.clear()
            for round_id in closing.due(self._closings, steady_ms()):
                try:
                    await self._finalise(round_id)
                except AWAY as error:
                    log.warning("%s: not final yet: %s; trying again", round_id, error)
            at = closing.next_at(self._closings)
            seconds = None if at is None else max(0, at - steady_ms()) / 1_000
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._wake.wait()

    async def _finalise(self, round_id: str) -> None:
        async with replay(self._log) as reader:
            ends = await reader.ends(Topic.VOTES, range(VOTE_PARTITIONS))
        voting_round = self._state.rounds.get(round_id)
        if voting_round is None or voting_round.status != "closed":
            return
        fact = RoundFinalised(
            at=self._now_ms(),
            by=BY,
            round=round_id,
            positions={str(number): end for number, end in sorted(ends.items())},
            closed_at=voting_round.closed_at,
        )
        await self._send(Word(Topic.BROADCASTS, voting_round.broadcast.id.encode(), encode(fact)))
