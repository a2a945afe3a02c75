"""The Faust worker: agents that run the reducers.

The one file that imports faust. Its streams are a live feed and nothing more: what is folded, and
from where, `agents.shells.fold` decides from the log itself. So it does not matter that committed
offsets may be early or late (faust-streaming/faust#606), nor when an event is acknowledged.
"""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

import faust
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError
from aiokafka.structs import ConsumerRecord
from faust.tables.manager import TableManager
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, TopicT
from faust.types.tuples import ConsumerMessage

from agents.reducers.worker.member import Member
from agents.shells.config import WorkerConfig
from agents.shells.fold import Fold
from agents.shells.health import serve_health
from agents.shells.member import SESSION_S, Name, NameTaken, member_of
from agents.shells.speaker import Send, Word
from agents.shells.work import Work
from schemas.addresses import KafkaAddress
from schemas.topics import Topic
from streams.log.kafka import KafkaLog
from streams.running import end_all

__all__ = ["WorkerConfig", "run"]

# A seek waits for the fetch that is under way, and so does whoever waits for what is sent on
FETCH_WAIT_MS = 40
# Within the 2 s that `tribune up` gives a role to stop (STEP_WITHIN_S of tribune.supervise.crew)
STOP_WITHIN_S = 1.5

FAUST = logging.getLogger("faust")
log = logging.getLogger(__name__)


def run(config: WorkerConfig) -> int:
    """Run a worker until SIGTERM or SIGINT.

    Returns:
        The exit code: 1 when it cannot go on, for a supervisor to start it again; EX_CONFIG when
        another worker has its name, which a person must mend.
    """
    for name in ("faust", "mode"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return asyncio.run(_run(config))


async def _run(config: WorkerConfig) -> int:
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    member = member_of(config.name, config.work_dir)
    app = make_app(config, member)
    topics = {topic: _topic(app, config.kafka.topic(topic)) for topic in Topic}
    the_log = KafkaLog(config.kafka)
    work = Work(config, the_log, _sender(topics), FaustFeed(app, config.kafka))
    failure: asyncio.Future[None] = loop.create_future()
    for fold in work.folds.values():
        app.agent(topics[fold.topic], name=f"{fold.topic}-agent")(_agent(fold, failure))
    name = Name(the_log, config.kafka.group(config.group), member, failure)
    named = {config.kafka.topic(topic): topic for topic in Topic}
    _hear(app, work, named, name)
    service = Service(app, loop=loop, override_logging=False, redirect_stdouts=False, quiet=True)
    service.spinner = None
    health = await serve_health(config.health_host, config.health_port, work)
    lives = [asyncio.create_task(_live(work, name, service)), *work.start()]
    told_to_stop = asyncio.create_task(told.wait())
    try:
        await asyncio.wait([told_to_stop, failure, *lives], return_when=asyncio.FIRST_COMPLETED)
        return 0 if told.is_set() else _say_why([failure, *lives], service)
    finally:
        await _stop(service, lives)
        await health.cleanup()


def _hear(app: faust.App, work: Work, topics: dict[str, Topic], name: Name) -> None:
    async def assigned(_app: faust.App, places: set[TP], **_: Any) -> None:
        work.assign((topics[place.topic], place.partition) for place in places)

    async def revoked(_app: faust.App, _places: set[TP], **_: Any) -> None:
        was_in = work.joined
        work.leave()
        if was_in:
            await name.keep()

    app.on_partitions_assigned.connect(cast(Any, assigned))
    app.on_partitions_revoked.connect(cast(Any, revoked))


async def _live(work: Work, name: Name, service: "Service") -> None:
    await work.await_log()
    await name.take()
    await service.start()


def _say_why(lives: list[asyncio.Future[None]], service: "Service") -> int:
    for life in lives:
        if life.done():
            why = life.exception() or service.crash_reason
            if isinstance(why, NameTaken):
                log.error("the worker cannot go on: %s", why)
                return os.EX_CONFIG
            log.error("the worker cannot go on: %r", why, exc_info=why)
    return 1


async def _stop(service: "Service", lives: list[asyncio.Task[None]]) -> None:
    """Leave the group, if that is quick; everything else stands in the log anyway."""
    try:
        async with asyncio.timeout(STOP_WITHIN_S):
            await service.stop()
    except TimeoutError:
        log.warning("the group did not let the worker go within %.1f s", STOP_WITHIN_S)
    await end_all(lives)


def make_app(config: WorkerConfig, member: Member) -> faust.App:
    """A Faust app that keeps no state: no tables, no web server, no topics of its own."""
    return App(
        config.kafka.group(config.group),
        broker=[f"kafka://{place.strip()}" for place in config.kafka.bootstrap.split(",")],
        broker_credentials=_credentials(config.kafka),
        broker_client_id=member.client_id,
        consumer_group_instance_id=member.name,
        datadir=str(config.work_dir),
        TableManager=NoTables,
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        stream_wait_empty=False,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=256 << 10,  # of a partition, four full frames
        stream_buffer_maxsize=16,  # batches of up to consumer_max_fetch_size: 4 MB
        broker_session_timeout=SESSION_S,
        broker_rebalance_timeout=3.0,  # so long a group waits for who does not join (measured)
        broker_heartbeat_interval=1.0,  # several in a session
        broker_request_timeout=10.0,  # above session and rebalance, for which a join waits
        broker_max_poll_interval=60.0,  # the watchdog ends what hangs, long before that
        broker_commit_interval=1.0,  # offsets are a hint only
        consumer_metadata_max_age_ms=5_000,  # so soon a new leader is known that nobody told of
        producer_metadata_max_age_ms=5_000,
        producer_request_timeout=30.0,  # one whose batch expires is stuck (aiokafka#1017)
    )


def _credentials(address: KafkaAddress) -> faust.SASLCredentials | faust.SSLCredentials | None:
    if address.is_sasl:
        return faust.SASLCredentials(
            mechanism=address.sasl_mechanism,
            username=address.username,
            password=address.password,
            ssl_context=address.ssl_context(),
        )
    context = address.ssl_context()
    return faust.SSLCredentials(context=context) if context else None


def _topic(app: faust.App, name: str) -> TopicT:
    raw: dict[str, Any] = {"key_serializer": "raw", "value_serializer": "raw"}
    return app.topic(name, key_type=bytes, value_type=bytes, **raw)


def _sender(topics: dict[Topic, TopicT]) -> Send:
    async def send(word: Word) -> None:
        acked = await topics[word.topic].send(key=word.key, value=word.value)
        await acked

    return send


def _agent(fold: Fold, failure: asyncio.Future[None]) -> Callable[[Any], Awaitable[None]]:
    async def follow(stream: Any) -> None:
        async for event in stream.events():
            batch = cast(Batch, event.message)
            try:
                await fold.hear(batch.partition, batch.records)
            except Exception as error:
                if not failure.done():
                    failure.set_exception(error)
                return

    return follow


class FaustFeed:
    """Steers Faust's consumer. Where that fails, the stream brings what is then skipped."""

    def __init__(self, app: faust.App, address: KafkaAddress) -> None:
        self._app = app
        self._name = address.topic

    def hold(self, topic: Topic, partition: int) -> None:
        """Bring nothing more of a partition for now."""
        self._app.consumer.pause_partitions([TP(self._name(topic), partition)])

    async def go_on(self, topic: Topic, partition: int, offset: int) -> None:
        """Bring a partition's messages from an offset on."""
        place, consumer = TP(self._name(topic), partition), self._app.consumer
        try:
            await consumer.seek_wait({place: offset})
        except (KafkaError, TimeoutError) as error:
            log.info("%s %d: not sent on: %r", topic, partition, error)
        if place in consumer.assignment():
            consumer.resume_partitions([place])


class Service(faust.Worker):
    """Faust's own supervisor, without its hands on signals."""

    logger = FAUST

    def install_signal_handlers(self) -> None:
        """Signals are `run`'s."""


class NoTables(TableManager):
    """Faust waits a second for tables that are declared late; here are none."""

    logger = FAUST

    async def on_start(self) -> None:
        """Start at once."""
        await self._update_channels()
        await self.recovery.start()


class QuickThread(driver.AIOKafkaConsumerThread):
    """Waits less in a fetch than Faust's 1.5 s, and leaves the group when it stops."""

    logger = FAUST

    async def on_thread_stop(self) -> None:
        """Give up its part: who has a name would keep it for a whole session."""
        if self._consumer is not None and self._consumer._coordinator is not None:  # pyright: ignore
            self._consumer._coordinator._group_instance_id = None  # pyright: ignore
        await super().on_thread_stop()

    def _create_worker_consumer(self, transport: driver.Transport) -> AIOKafkaConsumer:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS  # pyright: ignore[reportPrivateUsage]
        return consumer


class Batch(ConsumerMessage):
    """What one fetch brought of a partition, as one message.

    Faust spends about 80 us on each message that it hands on; to read and fold a frame takes 32.
    It sees the last one, so that to acknowledge it acknowledges all.
    """

    records: list[ConsumerRecord[bytes, bytes]]


class QuickConsumer(driver.Consumer):
    """Reads by a `QuickThread`, and hands on batches."""

    logger = FAUST

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Batch]]:  # noqa: ASYNC109
        """Fetch once. What is passed over shows as a gap to `agents.shells.fold`."""
        fetched, active = await self._wait_next_records(timeout)
        generation = self.app.consumer_generation_id
        for found, records in (fetched or {}).items():
            place = TP(*found)
            if not self.flow_active or self.app.consumer_generation_id != generation:
                return
            if active is None or place in active or place in self._buffered_partitions:
                batch = cast(Batch, self._to_message(place, records[-1]))
                batch.records = records
                yield place, batch

    def _new_consumer_thread(self) -> QuickThread:
        return QuickThread(self, loop=self.loop, beacon=self.beacon)


class QuickTransport(driver.Transport):
    """Reads by a `QuickConsumer`."""

    Consumer = QuickConsumer


class App(faust.App):
    """A Faust app on a `QuickTransport`."""

    logger = FAUST

    def _new_transport(self) -> QuickTransport:
        return QuickTransport(self.conf.broker_consumer, self)
