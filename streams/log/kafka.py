"""The log on a Kafka: the only file of the roles that makes clients of it (Faust makes its own)."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code
from aiokafka.structs import RecordMetadata

from schemas.addresses import KafkaAddress
from schemas.catalogue import CATALOGUE
from schemas.topics import Topic
from streams.log.interface import Place, Record, Reset

# One broker may be away for maintenance while another one fails.
MOST_REPLICAS = 3
# Four full frames of the gateway (64 kB each) in one request to a partition.
BATCH_BYTES = 256 * 1024
# Its connections are closed already: what is left is the turn of its own tasks.
STOP_WITHIN_S = 3.0


class KafkaLog:
    """A Kafka at an address; each client that it makes has connections of its own."""

    def __init__(self, address: KafkaAddress) -> None:
        self.address = address

    @property
    def where(self) -> str:
        """Its bootstrap address."""
        return self.address.bootstrap

    def consumer(
        self,
        *,
        wait_ms: int = 500,
        partition_bytes: int = 1 << 20,
        backoff_ms: int = 100,
        reset: Reset = "earliest",
    ) -> "KafkaConsumer":
        """A reader that commits nothing."""
        consumer: AIOKafkaConsumer = AIOKafkaConsumer(
            **self.address.client_options(),
            enable_auto_commit=False,
            auto_offset_reset=reset,
            fetch_max_wait_ms=wait_ms,
            max_partition_fetch_bytes=partition_bytes,
            retry_backoff_ms=backoff_ms,
        )
        return KafkaConsumer(self.address, consumer)

    def producer(self, *, linger_ms: int = 0) -> "KafkaProducer":
        """A writer with acks=all."""
        producer: AIOKafkaProducer = AIOKafkaProducer(
            **self.address.producer_options(), linger_ms=linger_ms, max_batch_size=BATCH_BYTES
        )
        return KafkaProducer(self.address, producer)

    async def partitions(self) -> dict[Topic, int]:
        """The topics of ours that it has, and how many partitions each."""
        admin = await self._admin()
        try:
            held = set(await admin.list_topics())
            names = {self.address.topic(topic): topic for topic in CATALOGUE}
            ours = [name for name in names if name in held]
            described = await admin.describe_topics(ours) if ours else []
        finally:
            await admin.close()
        return {
            names[entry["topic"]]: len(entry["partitions"])
            for entry in described
            if entry["partitions"]
        }

    async def make(self, topics: Iterable[Topic]) -> bool:
        """Make topics, on up to three brokers each; whether all of them were made here."""
        admin = await self._admin()
        try:
            cluster = await admin.describe_cluster()
            replicas = min(MOST_REPLICAS, len(cluster["brokers"]))
            wanted = [self._new(topic, replicas) for topic in topics]
            answer: Any = await admin.create_topics(wanted)
        finally:
            await admin.close()
        are_ours = True
        for name, code, *message in answer.topic_errors:
            error: type[KafkaError] = for_code(code)
            if code and error is not TopicAlreadyExistsError:
                raise error(f"topic {name}: {message}")
            are_ours &= not code
        return are_ours

    async def members(self, group: str) -> list[tuple[str, str]]:
        """The client id and the host of each member of a group, by its name on the broker.

        Raises:
            KafkaError, OSError: it is away, or lets nobody join the group yet.
        """
        admin = await self._admin()
        try:
            [answer] = await admin.describe_consumer_groups([group])
        finally:
            await admin.close()
        [found] = answer.to_object()["groups"]
        return [(one["client_id"], one["client_host"]) for one in found["members"]]

    def _new(self, topic: Topic, replicas: int) -> NewTopic:
        return NewTopic(
            name=self.address.topic(topic),
            num_partitions=CATALOGUE[topic].partitions,
            replication_factor=replicas,
            topic_configs=CATALOGUE[topic].config,
        )

    async def _admin(self) -> AIOKafkaAdminClient:
        admin = AIOKafkaAdminClient(**self.address.client_options())
        await admin.start()
        return admin


class KafkaConsumer:
    """aiokafka's consumer, by our own names of topics."""

    def __init__(self, address: KafkaAddress, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self._name = address.topic
        self._topics = {address.topic(topic): topic for topic in Topic}

    async def start(self) -> None:
        """Connect."""
        await self._consumer.start()

    async def stop(self) -> None:
        """Let go of the log for good, also while it is away.

        aiokafka's own `stop` breaks off by a CancelledError that nobody sent when a fetch has just
        failed. Its client would then ask the broker for its topics for good, also one that is new.
        """
        ending = asyncio.create_task(self._end())
        try:
            await asyncio.wait([ending])
        finally:
            await asyncio.wait([ending])  # who is cancelled meanwhile leaves nothing behind either
        ending.result()

    def assign(self, places: Iterable[Place]) -> None:
        """Read these places, and no others."""
        self._consumer.assign([self._partition(place) for place in places])

    def seek(self, place: Place, offset: int) -> None:
        """Read a place from an offset on."""
        self._consumer.seek(self._partition(place), offset)

    async def getmany(
        self, *places: Place, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[Place, list[Record]]:
        """What comes next at these places, or at all."""
        fetched = await self._consumer.getmany(
            *map(self._partition, places), timeout_ms=timeout_ms, max_records=max_records
        )
        found: dict[Place, list[Record]] = {}
        for (name, number), records in fetched.items():
            topic = self._topics[name]
            found[topic, number] = [
                Record(topic, number, each.offset, each.timestamp, each.key, each.value)
                for each in records
            ]
        return found

    async def end_offsets(self, places: Iterable[Place]) -> dict[Place, int]:
        """The next offset of each place."""
        return self._places(await self._consumer.end_offsets([*map(self._partition, places)]))

    async def beginning_offsets(self, places: Iterable[Place]) -> dict[Place, int]:
        """The oldest offset that each place holds."""
        return self._places(await self._consumer.beginning_offsets([*map(self._partition, places)]))

    def _partition(self, place: Place) -> TopicPartition:
        return TopicPartition(self._name(place[0]), place[1])

    def _places(self, offsets: dict[TopicPartition, int]) -> dict[Place, int]:
        return {(self._topics[name], number): at for (name, number), at in offsets.items()}

    async def _end(self) -> None:
        try:
            with suppress(asyncio.CancelledError):
                await self._consumer.stop()
        finally:
            await self._consumer._client.close()  # pyright: ignore[reportPrivateUsage]


class KafkaProducer:
    """aiokafka's producer, by our own names of topics."""

    def __init__(self, address: KafkaAddress, producer: AIOKafkaProducer) -> None:
        self._producer = producer
        self._name = address.topic

    async def start(self) -> None:
        """Connect."""
        await self._producer.start()

    async def send(
        self, topic: Topic, value: bytes, *, key: bytes | None, partition: int | None
    ) -> asyncio.Future[RecordMetadata]:
        """Take a message."""
        return await self._producer.send(self._name(topic), value, key=key, partition=partition)

    async def stop(self) -> None:
        """End whatever state it is in; what still waits in it fails at once.

        aiokafka's own `stop` waits for what cannot be sent, so that is failed first and its
        connections are closed under it.
        """
        self._fail_all()
        with suppress(KafkaError, OSError, TimeoutError, LookupError):
            await self._producer.client.close()
            async with asyncio.timeout(STOP_WITHIN_S):
                await self._producer.stop()

    def _fail_all(self) -> None:
        accumulator = self._producer._message_accumulator  # pyright: ignore[reportPrivateUsage]
        accumulator.fail_all(KafkaError("this producer was replaced"))
        for batches in accumulator._batches.values():  # pyright: ignore[reportPrivateUsage]
            for batch in batches:  # nobody else asks, and asyncio would complain of that
                batch._drain_waiter.exception()  # pyright: ignore[reportPrivateUsage]
