"""The console's side of `scores`: what evaluators said so far, opened, and the writing of more."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from aiokafka.structs import ConsumerRecord

from agents.reducers import groups
from agents.reducers.evening import Evening
from agents.reducers.groups import Standing
from agents.reducers.marks import GroupName, Scores, step
from agents.reducers.sessions import Sessions
from dashboards.api.web.errors import not_done, unavailable
from dashboards.api.web.metrics import Metrics
from dashboards.api.web.writing import Writer
from schemas.addresses import KafkaAddress
from schemas.catalogue import read
from schemas.markings import open_marking
from schemas.refusals import Begun
from schemas.scores import ScoresFact
from schemas.seals import GroupKey
from schemas.topics import Topic
from schemas.wire import Unreadable
from streams.log.follower import Follower
from streams.log.producer import LogProducer

REMEMBERED = 10_000

log = logging.getLogger(__name__)


class ScoresLog:
    """Folds `scores` beside the evenings that the marks are about, and writes facts to it."""

    def __init__(
        self,
        address: KafkaAddress,
        metrics: Metrics,
        key_of: GroupKey,
        evenings: Callable[[], Sessions],
    ) -> None:
        self._metrics = metrics
        self._scores = Scores()
        self._evenings = evenings
        self._writer = Writer(
            LogProducer(address), Topic.SCORES, metrics, lambda: self._scores.folded_to
        )
        self._follower = Follower(address, Topic.SCORES, self._hear)
        self._turn = asyncio.Lock()
        self._without_effect: dict[int, None] = {}
        self.key_of = key_of

    async def run(self) -> None:
        """Follow the log until cancelled."""
        await self._writer.run(self._follower.run)

    def problem(self) -> str | None:
        """What is wrong, in words for an operator, or None."""
        return self._follower.problem()

    @property
    def evenings(self) -> Sessions:
        """Every broadcast's evening.

        Raises:
            Refused: 503: this console has not read the log to its end yet.
        """
        if not self._follower.caught_up:
            raise unavailable(self.problem() or "this console is still catching up with the log")
        return self._evenings()

    def standing(self, group_id: str) -> Standing | None:
        """A group of a broadcast that is not retired, as it stands, or None."""
        for evening in self.evenings.evenings.values():
            if found := self.stand(evening, group_id):
                return found
        return None

    def stand(self, evening: Evening, group_id: str) -> Standing | None:
        """A group of one evening, as it stands, or None."""
        return groups.stand(evening, group_id, self._scores.group(GroupName(evening.id, group_id)))

    def begun(self, broadcast: str) -> Begun:
        """The groups and slots of a broadcast in which something happened already."""
        evening = self.evenings.evenings.get(broadcast)
        runs = list(evening.session.runs.values()) if evening else []
        groups = {
            name.group
            for name, held in self._scores.groups.items()
            if name.broadcast == broadcast and held.entries
        }
        slots = {run.slot for run in runs} | self.marked(broadcast)
        begun = {run.group for run in runs if run.group} | groups
        return Begun(begun, slots, self.closed(broadcast))

    def marked(self, broadcast: str) -> set[str]:
        """The slots of a broadcast in which a mark was given."""
        self.is_current()
        return {
            slot
            for name, held in self._scores.groups.items()
            if name.broadcast == broadcast
            for slot, _ in held.entries
        }

    def closed(self, broadcast: str) -> set[str]:
        """The groups of a broadcast that were closed."""
        self.is_current()
        groups = self._scores.groups.items()
        return {
            name.group for name, held in groups if name.broadcast == broadcast and held.is_closed
        }

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """Judge and write without another operator's write of this console between.

        Raises:
            Refused: 503: what the log says now is not known here.
        """
        async with self._turn:
            self.is_current()
            yield

    def is_current(self) -> None:
        """Refuse to judge by what is old.

        Raises:
            Refused: 503: what the log says now is not known here.
        """
        if problem := self.problem():
            raise not_done(problem)

    async def write(self, fact: ScoresFact) -> bool:
        """Write a fact; returns when the log has it and it is folded: whether it had an effect.

        Raises:
            Refused: 503: the log did not take it, or did not give it back, in time.
        """
        offset = await self._writer.write(
            fact, fact.group, unsure="send it again", late="send it again"
        )
        return offset not in self._without_effect

    def _hear(self, record: ConsumerRecord[bytes, bytes]) -> None:
        fact: ScoresFact | None = None
        marking = None
        try:
            fact = read(Topic.SCORES, record.value)
            marking = open_marking(self.key_of, fact) if fact else None
        except Unreadable as error:
            log.warning("%s at %d cannot be read: %s", record.topic, record.offset, error.reason)
            self._metrics.unreadable.labels(record.topic).inc()
        if step(self._scores, record.offset, fact, marking) is None:
            self._without_effect[record.offset] = None
            if len(self._without_effect) > REMEMBERED:
                del self._without_effect[next(iter(self._without_effect))]
        self._writer.moved()
