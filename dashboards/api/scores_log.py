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
from dashboards.api.errors import unavailable
from dashboards.api.metrics import Metrics
from schemas.addresses import KafkaAddress
from schemas.markings import open_marking
from schemas.refusals import Begun
from schemas.scores import ScoresFact
from schemas.seals import GroupKey
from schemas.topics import Topic
from schemas.wire import Unreadable, decode, encode
from streams.follower import Follower
from streams.producer import LogProducer, LogUnavailable

FOLD_WITHIN_S = 5.0
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
        self._producer = LogProducer(address)
        self._follower = Follower(address, Topic.SCORES, self._hear)
        self._turn = asyncio.Lock()
        self._moved = asyncio.Event()
        self._without_effect: dict[int, None] = {}
        self.key_of = key_of

    async def run(self) -> None:
        """Follow the log until cancelled."""
        await self._producer.start()
        try:
            await self._follower.run()
        finally:
            await self._producer.stop()

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
        return Begun({run.group for run in runs if run.group} | groups, slots)

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
            raise unavailable(problem)

    async def write(self, fact: ScoresFact) -> bool:
        """Write a fact; returns when the log has it and it is folded: whether it had an effect.

        Raises:
            Refused: 503: the log did not take it, or did not give it back, in time.
        """
        try:
            offset = await self._producer.send(
                Topic.SCORES, encode(fact), key=fact.group.encode(), partition=0
            )
            async with asyncio.timeout(FOLD_WITHIN_S):
                while self._scores.folded_to <= offset:
                    await self._moved.wait()
        except LogUnavailable as error:
            detail = f"it is not certain that this was written: {error}"
            raise unavailable(f"{detail}; send it again") from None
        except TimeoutError:
            detail = "this was written, but the log has not given it back yet"
            raise unavailable(f"{detail}; send it again") from None
        self._metrics.facts.labels(fact.__struct_config__.tag).inc()
        return offset not in self._without_effect

    def _hear(self, record: ConsumerRecord[bytes, bytes]) -> None:
        fact: ScoresFact | None = None
        marking = None
        try:
            fact = decode(record.value, ScoresFact)
            marking = open_marking(self.key_of, fact) if fact else None
        except Unreadable as error:
            log.warning("%s at %d cannot be read: %s", record.topic, record.offset, error.reason)
            self._metrics.unreadable.labels(record.topic).inc()
        if step(self._scores, record.offset, fact, marking) is None:
            self._without_effect[record.offset] = None
            if len(self._without_effect) > REMEMBERED:
                del self._without_effect[next(iter(self._without_effect))]
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
