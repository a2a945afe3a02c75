"""The Faust worker: three agents that run the reducers, and what keeps them honest.

The one file that imports faust. Its stream is a live feed and nothing more: what is folded, and
from where, is decided by `agents.shells.fold` from the log itself, so that committed offsets may be
early or late without a ballot lost or doubled.
"""

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine

import faust
from faust.transport.drivers import aiokafka as driver
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

FETCH_WAIT_MS = 100
STOP_WITHIN_S = 1.5

log = logging.getLogger(__name__)


class QuickThread(driver.AIOKafkaConsumerThread):
    """Faust fixes the wait of a fetch at 1.5 s; the embedded broker answers only when it is over.

    https://github.com/faust-streaming/faust/blob/v0.15.3/faust/transport/drivers/aiokafka.py
    """

    def _create_worker_consumer(self, transport: driver.Transport):
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        return consumer


class QuickConsumer(driver.Consumer):
    """Reads by a `QuickThread`."""

    def _new_consumer_thread(self) -> QuickThread:
        return QuickThread(self, loop=self.loop, beacon=self.beacon)


class QuickTransport(driver.Transport):
    """Reads by a `QuickConsumer`."""

    Consumer = QuickConsumer


class App(faust.App):
    """A Faust app on a `QuickTransport`."""

    def _new_transport(self) -> QuickTransport:
        return QuickTransport(self.conf.broker_consumer, self)


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
    return App(
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

    def tasks(self) -> list[Callable[[], Coroutine[None, None, None]]]:
        """What runs beside the agents, for good."""
        return [
            self.letters.run,
            self.votes.broadcasts.run,
            self.votes.speaker.run,
            self.rounds.speaker.run,
            self.rounds.settle,
            self.rankings.speaker.run,
            *(fold.run for fold in self.folds),
        ]


class Service(faust.Worker):
    """Faust's own supervisor, without its hands on signals."""

    def install_signal_handlers(self) -> None:
        """Signals are `run`'s."""


async def _serve(config: WorkerConfig) -> int:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    worker = Worker(config)
    service = Service(
        worker.app,
        loop=loop,
        override_logging=False,
        redirect_stdouts=False,
        loglevel="INFO",
        quiet=True,
    )
    runner = await serve_health(
        config.health_host, config.health_port, worker.problems, worker.metrics.registry
    )
    running = [asyncio.create_task(task()) for task in worker.tasks()]
    running.append(asyncio.create_task(service.start()))
    stopping = asyncio.create_task(stop.wait())
    ended, _ = await asyncio.wait([stopping, *running], return_when=asyncio.FIRST_COMPLETED)
    for task in ended - {stopping}:
        log.error("the worker cannot go on: %r", task.exception() or service.crash_reason)
    try:
        await asyncio.wait_for(service.stop(), STOP_WITHIN_S)
    except TimeoutError:
        log.warning("stop timeout")
    for task in running:
        task.cancel()
    await runner.cleanup()
    return 0 if stop.is_set() else 1


def run(config: WorkerConfig) -> int:
    """Run a worker until SIGTERM; blocking."""
    logging.basicConfig(level=logging.INFO)
    return asyncio.run(_serve(config))
