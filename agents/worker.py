"""The Faust worker: three agents that run the reducers, and what keeps them honest.

The one file that imports faust. Its stream is a live feed and nothing more: what is folded, and
from where, is decided by `agents.shells.fold` from the log itself, so that committed offsets may be
early or late without a ballot lost or doubled.
"""

import asyncio
import logging
from contextlib import suppress

import faust
from faust.types import TP, StreamT
from prometheus_client import CollectorRegistry

from agents.shells.config import WorkerConfig
from agents.shells.dead_letters import DeadLetters
from agents.shells.fold import Fold
from agents.shells.health import serve_health
from agents.shells.metrics import Metrics
from agents.shells.rankings import Rankings
from agents.shells.rounds import Rounds
from agents.shells.speaker import Word
from agents.shells.votes import Votes
from schemas.topics import Topic

__all__ = ["WorkerConfig", "run"]

log = logging.getLogger(__name__)


def make_app(config: WorkerConfig) -> faust.App:
    """A Faust app that keeps no state: no tables, no web server, no topics of its own."""
    address = config.kafka
    credentials = None
    if address.is_sasl:
        credentials = faust.SASLCredentials(
            mechanism=address.sasl_mechanism,
            username=address.username,
            password=address.password,
            ssl_context=address.ssl_context(),
        )
    elif context := address.ssl_context():
        credentials = faust.SSLCredentials(context=context)
    return faust.App(
        config.group,
        broker=[f"kafka://{place.strip()}" for place in address.bootstrap.split(",")],
        broker_credentials=credentials,
        datadir=str(config.work_dir),
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        stream_wait_empty=False,
        consumer_auto_offset_reset="earliest",
        broker_session_timeout=6.0,
        broker_rebalance_timeout=3.0,
        broker_heartbeat_interval=1.0,
        broker_request_timeout=10.0,
        broker_max_poll_interval=60.0,
        broker_commit_interval=1.0,
        consumer_metadata_max_age_ms=5_000,
        producer_metadata_max_age_ms=5_000,
        producer_request_timeout=30.0,
    )


class Worker:
    """All of a worker's wiring."""

    def __init__(self, config: WorkerConfig) -> None:
        self.config = config
        self.app = make_app(config)
        self._topics = {topic: self._topic(topic) for topic in Topic}
        self.metrics = Metrics(CollectorRegistry())
        address = config.kafka
        self.letters = DeadLetters(address, self._send, self.metrics, "worker")
        self.votes = Votes(address, self._send, self.letters, self.metrics)
        self.rounds = Rounds(address, self._send, self.letters)
        self.rankings = Rankings(self._send, self.letters)
        self.folds = [Fold(address, folder) for folder in (self.votes, self.rounds, self.rankings)]
        self.joined = False
        for fold in self.folds:
            self.app.agent(self._topics[fold.topic], name=f"{fold.topic}-agent")(self._agent(fold))
        self.app.on_partitions_assigned.connect(self._assigned)
        self.app.on_partitions_revoked.connect(self._revoked)
        for task in (
            self.letters.run,
            self.votes.broadcasts.run,
            self.votes.speaker.run,
            self.rounds.speaker.run,
            self.rounds.settle,
            self.rankings.speaker.run,
            *(fold.run for fold in self.folds),
        ):
            self.app.task(task)

    def _topic(self, topic: Topic) -> faust.TopicT:
        return self.app.topic(
            str(topic),
            key_type=bytes,
            value_type=bytes,
            key_serializer="raw",
            value_serializer="raw",
        )

    def _agent(self, fold: Fold):
        async def agent(stream: StreamT) -> None:
            async for event in stream.events():
                message = event.message
                fold.hear(message.partition, message.offset, event.value)

        return agent

    async def _send(self, word: Word) -> None:
        await (await self._topics[word.topic].send(key=word.key, value=word.value))

    async def _assigned(self, app: faust.App, assigned: set[TP], **_: object) -> None:
        for fold in self.folds:
            fold.assign({place.partition for place in assigned if place.topic == fold.topic})
        self.joined = True

    async def _revoked(self, app: faust.App, revoked: set[TP], **_: object) -> None:
        self.joined = False

    def problems(self) -> list[str]:
        wrong = [] if self.joined else ["the group has given this worker its part not yet"]
        return wrong + [f"{fold.topic}: replaying" for fold in self.folds if not fold.is_ready()]


def run(config: WorkerConfig) -> int:
    """Run a worker until SIGTERM; blocking."""
    logging.basicConfig(level=logging.INFO)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    worker = Worker(config)
    service = faust.Worker(
        worker.app, loop=loop, override_logging=False, redirect_stdouts=False, loglevel="INFO"
    )
    runner = loop.run_until_complete(
        serve_health(
            config.health_host, config.health_port, worker.problems, worker.metrics.registry
        )
    )
    try:
        loop.run_until_complete(service.start())
    finally:
        with suppress(Exception):
            loop.run_until_complete(service.stop())
        loop.run_until_complete(runner.cleanup())
    return 0
