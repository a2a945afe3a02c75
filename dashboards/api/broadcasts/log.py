"""The console's side of the log: its own fold of `broadcasts`, and its writes to it."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from aiokafka.structs import ConsumerRecord

from agents.reducers import cards
from agents.reducers.cards import Cards
from agents.reducers.rounds import Broadcasts, step
from dashboards.api.web.errors import not_done, unavailable
from dashboards.api.web.metrics import Metrics
from dashboards.api.web.writing import Writer
from schemas.addresses import KafkaAddress
from schemas.catalogue import read
from schemas.facts import BroadcastsFact
from schemas.topics import Topic
from schemas.wire import Unreadable
from streams.log.follower import Follower
from streams.log.producer import LogProducer

Hear = Callable[[int, BroadcastsFact | None], None]

log = logging.getLogger(__name__)


class BroadcastsLog:
    """Folds `broadcasts`, and writes facts to it, one after the other; `hear` is told of each."""

    def __init__(self, address: KafkaAddress, metrics: Metrics, hear: Hear) -> None:
        self._state = Broadcasts()
        self._cards = Cards()
        self._metrics = metrics
        self._hear = hear
        self._writer = Writer(
            LogProducer(address), Topic.BROADCASTS, metrics, lambda: self._state.folded_to
        )
        self._follower = Follower(address, Topic.BROADCASTS, self._fold)
        self._turn = asyncio.Lock()

    async def run(self) -> None:
        """Follow the log until cancelled."""
        await self._writer.run(self._follower.run)

    def problem(self) -> str | None:
        """What is wrong, in words for an operator, or None."""
        return self._follower.problem()

    def unopened(self) -> str | None:
        """Say so while nobody has said which incarnation of the log this is."""
        return None if self._state.incarnation else "broadcasts: the log is not opened yet"

    @property
    def is_caught_up(self) -> bool:
        """Whether all that the log held at the start is folded."""
        return self._follower.caught_up

    @property
    def state(self) -> Broadcasts:
        """What the log said so far; while the log is away, what it said last.

        Raises:
            Refused: 503: this console has not read the log to its end yet.
        """
        if not self.is_caught_up:
            raise unavailable(self.problem() or "this console is still catching up with the log")
        return self._state

    @property
    def cards(self) -> Cards:
        """Which evaluators' cards were taken back.

        Raises:
            Refused: 503: this console has not read the log to its end yet.
        """
        _ = self.state
        return self._cards

    def is_current(self) -> None:
        """Refuse to judge by what is old.

        Raises:
            Refused: 503: what the log says now is not known here.
        """
        if problem := self.problem():
            raise not_done(problem)

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[Broadcasts]:
        """Judge and write without another write of this console between.

        Raises:
            Refused: 503: what the log says now is not known here.
        """
        async with self._turn:
            self.is_current()
            yield self._state

    async def write(self, fact: BroadcastsFact, key: str) -> None:
        """Write a fact; returns when the log has it and `state` holds it.

        Raises:
            Refused: 503: the log did not take it, or did not give it back, in time.
        """
        await self._writer.write(
            fact,
            key,
            unsure="look how it stands, then do it again",
            late="look how it stands",
        )

    def _fold(self, record: ConsumerRecord[bytes, bytes]) -> None:
        try:
            fact = read(Topic.BROADCASTS, record.value)
        except Unreadable as error:
            log.warning("broadcasts at %d cannot be read: %s", record.offset, error.reason)
            self._metrics.unreadable.labels(str(Topic.BROADCASTS)).inc()
            fact = None
        step(self._state, record.offset, fact)
        cards.step(self._cards, fact)
        self._hear(record.offset, fact)
        self._metrics.folded_to.set(self._state.folded_to)
        self._writer.moved()
