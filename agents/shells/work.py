"""All of a worker but its framework: what it folds, what it says, and what watches it."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence

from prometheus_client import CollectorRegistry

from agents.reducers.worker.watchdog import Place
from agents.shells.agent import Agent, Means, Task
from agents.shells.agents import AGENTS
from agents.shells.config import WorkerConfig
from agents.shells.fold import Feed, Fold
from agents.shells.followed import Followed
from agents.shells.metrics import Metrics
from agents.shells.speaker import Send
from agents.shells.watchdog import Watchdog
from schemas.catalogue import CATALOGUE
from schemas.topics import Topic
from streams.log.interface import AWAY, Log
from streams.log.letters import Letters
from streams.running import now_ms

BY = "worker"
# As long as an embedded broker is waited for (tribune.embedded.kafka.controller); then anew
LOG_WITHIN_S = 60.0
RETRY_S = 0.5  # so much later a worker begins than its log
TURN_S = 0.5  # five turns between two looks of the watchdog (LOOK_EVERY_S)

log = logging.getLogger(__name__)


class Work:
    """The agents' folds, and the tasks that run beside them."""

    def __init__(
        self,
        config: WorkerConfig,
        log: Log,
        send: Send,
        feed: Feed,
        now_ms: Callable[[], int] = now_ms,
    ) -> None:
        self._log = log
        self.metrics = Metrics(CollectorRegistry())
        letters = Letters(log, BY, now_ms, lambda _: self.metrics.dead_letters.inc())
        followed = Followed(log)
        means = Means(log, send, letters, self.metrics, followed, now_ms, config.group_key)
        agents = [make(means) for make in AGENTS]
        self.folds = _folds(log, agents, feed)
        self.joined = False
        self.turns = 0
        self._watchdog = Watchdog(log, self)
        self._tasks: list[Task] = [
            self._turn,
            letters.run,
            *followed.tasks(),
            *(task for agent in agents for task in agent.tasks),
            *(fold.run for fold in self.folds.values()),
        ]

    async def await_log(self) -> None:
        """Wait until the log answers and has its topics.

        Raises:
            TimeoutError: it did not within a minute; a supervisor may start the worker again.
        """
        async with asyncio.timeout(LOG_WITHIN_S):
            while missing := await self._missing():
                log.warning("waiting for the log at %s: %s", self._log.where, missing)
                await asyncio.sleep(RETRY_S)

    async def _missing(self) -> str:
        try:
            missing = set(Topic) - (await self._log.partitions()).keys()
        except AWAY as error:
            return str(error) or repr(error)
        return f"no topic {', '.join(sorted(missing))} yet" if missing else ""

    def start(self) -> list[asyncio.Task[None]]:
        """Start everything that runs for good; none of these tasks ends unless it fails."""
        self._watchdog.start()
        return [asyncio.create_task(task()) for task in self._tasks]

    def assign(self, places: Iterable[Place]) -> None:
        """Take these partitions and no others."""
        parts = set(places)
        for topic, fold in self.folds.items():
            fold.assign({number for held, number in parts if held == topic})
        self.joined = True
        names = ", ".join(f"{topic} {number}" for topic, number in sorted(parts))
        log.info("its part of the work: %s", names or "none")

    def leave(self) -> None:
        """Note that the group is dealing its work out anew."""
        self.joined = False

    def problems(self) -> list[str]:
        """What is wrong, in words for an operator."""
        wrong = [] if self.joined else ["the group has not given this worker its part yet"]
        if not self._watchdog.answered:
            wrong.append(f"the log at {self._log.where} does not answer")
        return wrong + [
            f"{topic}: being replayed" for topic, fold in self.folds.items() if not fold.is_ready()
        ]

    def measure(self) -> None:
        """Bring the metrics that are not counted as things happen up to date."""
        folded = self.folded()
        for topic in self.folds:
            lag = sum(
                max(0, end - folded.get((held, number), end))
                for (held, number), end in self._watchdog.ends.items()
                if held == topic
            )
            self.metrics.lag.labels(topic).set(lag)

    def folded(self) -> dict[Place, int]:
        """The next offset to fold of each assigned partition."""
        return {
            (topic, number): reading.folded_to
            for topic, fold in self.folds.items()
            for number, reading in list(fold.readings.items())
        }

    async def _turn(self) -> None:
        while True:
            self.turns += 1
            await asyncio.sleep(TURN_S)


def _folds(log: Log, agents: Sequence[Agent], feed: Feed) -> dict[Topic, Fold]:
    """A fold for each agent; topics of several partitions are large, and wait for the small."""
    small = [agent for agent in agents if CATALOGUE[agent.topic].partitions == 1]
    first = {agent.topic: Fold(log, agent, feed) for agent in small}
    large = [agent for agent in agents if agent.topic not in first]
    return {agent.topic: Fold(log, agent, feed, first.values()) for agent in large} | first
