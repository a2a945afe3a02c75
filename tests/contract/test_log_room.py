"""What every shell counts on at the log: the one in memory keeps it as Kafka does."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count

import pytest
from aiokafka.errors import MessageSizeTooLargeError
from aiokafka.structs import RecordMetadata

from schemas.addresses import KafkaAddress
from schemas.catalogue import CATALOGUE
from schemas.topics import Topic
from streams.log.follower import Follower
from streams.log.interface import Consumer, Log, Place, Producer, Record
from streams.log.kafka import KafkaLog
from streams.log.memory import MemoryLog
from streams.log.producer import LogProducer
from streams.log.replay import replay
from streams.log.topics import ensure_topics
from tests.support.kafka import Kafka

VOTES, BOARDS = (Topic.VOTES, 3), (Topic.BOARDS, 0)
PREFIXES = count(1)
KEYS = {b"a": 4, b"b": 4, b"c": 2, b"d": 1, b"e": 2}


@pytest.fixture(params=["memory", pytest.param("kafka", marks=pytest.mark.kafka)])
async def log(request: pytest.FixtureRequest) -> Log:
    """An empty log with every topic made; on Kafka by a prefix of its own."""
    if request.param == "memory":
        found: Log = MemoryLog(now_ms=lambda: 1_000)
    else:
        kafka: Kafka = request.getfixturevalue("kafka")
        prefix = f"room{next(PREFIXES)}."
        found = KafkaLog(KafkaAddress(kafka.address.bootstrap, prefix=prefix))
    await ensure_topics(found)
    return found


@pytest.fixture
async def producer(log: Log) -> AsyncIterator[Producer]:
    made = log.producer()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def consumer(log: Log) -> AsyncIterator[Consumer]:
    made = log.consumer(wait_ms=100)
    await made.start()
    yield made
    await made.stop()


async def send(producer: Producer, place: Place, value: bytes) -> "asyncio.Future[RecordMetadata]":
    return await producer.send(place[0], value, key=None, partition=place[1])


async def write(producer: Producer, *values: bytes) -> list[int]:
    sent = [await send(producer, VOTES, value) for value in values]
    return [(await each).offset for each in sent]


async def read(consumer: Consumer, number: int) -> list[Record]:
    found: list[Record] = []
    async with asyncio.timeout(10):
        while len(found) < number:
            fetched = await consumer.getmany(timeout_ms=1_000)
            found += [record for records in fetched.values() for record in records]
    return found


async def test_every_topic_has_its_partitions_and_making_them_again_changes_nothing(
    log: Log,
) -> None:
    await log.make([Topic.VOTES])
    assert await log.partitions() == {topic: spec.partitions for topic, spec in CATALOGUE.items()}


async def test_messages_keep_their_order_and_their_offsets(
    producer: Producer, consumer: Consumer
) -> None:
    assert await write(producer, b"a", b"b", b"c") == [0, 1, 2]
    consumer.assign([VOTES])
    consumer.seek(VOTES, 1)
    found = await read(consumer, 2)
    assert [(*VOTES, 1, None, b"b"), (*VOTES, 2, None, b"c")] == [
        (each.topic, each.partition, each.offset, each.key, each.value) for each in found
    ]


async def test_a_partition_ends_after_its_last_message(
    producer: Producer, consumer: Consumer
) -> None:
    await write(producer, b"a", b"b")
    assert await consumer.end_offsets([VOTES, BOARDS]) == {VOTES: 2, BOARDS: 0}
    assert await consumer.beginning_offsets([VOTES, BOARDS]) == {VOTES: 0, BOARDS: 0}


async def test_who_waits_is_woken_by_what_comes_and_else_gets_nothing_in_time(
    producer: Producer, consumer: Consumer
) -> None:
    consumer.assign([VOTES])
    consumer.seek(VOTES, 0)
    assert await consumer.getmany(timeout_ms=300) == {}
    waiting = asyncio.create_task(consumer.getmany(timeout_ms=9_000))
    await write(producer, b"a")
    async with asyncio.timeout(5):
        assert [each.value for each in (await waiting)[VOTES]] == [b"a"]


async def test_only_the_places_that_are_asked_for_are_brought(
    producer: Producer, consumer: Consumer
) -> None:
    await write(producer, b"a")
    await (await send(producer, BOARDS, b"board"))
    consumer.assign([VOTES, BOARDS])
    for place in (VOTES, BOARDS):
        consumer.seek(place, 0)
    found = await consumer.getmany(BOARDS, timeout_ms=5_000)
    assert [each.value for each in found[BOARDS]] == [b"board"]
    assert [each.value for each in await read(consumer, 1)] == [b"a"]


async def test_no_more_is_brought_than_is_asked_for(producer: Producer, consumer: Consumer) -> None:
    await write(producer, *[b"%d" % number for number in range(10)])
    consumer.assign([VOTES])
    consumer.seek(VOTES, 0)
    sizes: list[int] = []
    while sum(sizes) < 10:
        fetched = await consumer.getmany(timeout_ms=5_000, max_records=4)
        sizes.append(len(fetched[VOTES]))
    assert max(sizes) <= 4


async def test_an_offset_past_the_end_goes_on_at_the_start(
    producer: Producer, consumer: Consumer
) -> None:
    await write(producer, b"a")
    consumer.assign([VOTES])
    consumer.seek(VOTES, 7)
    assert [each.offset for each in await read(consumer, 1)] == [0]


async def test_a_message_too_large_is_refused_by_name_and_those_after_it_are_not(
    log: Log,
) -> None:
    producer = LogProducer(log)
    await producer.start()
    with pytest.raises(MessageSizeTooLargeError):
        await producer.send(Topic.BOARDS, b"x" * (1 << 20))
    assert await producer.send(Topic.BOARDS, b"y") == 0
    await producer.stop()


async def test_a_key_has_one_partition_for_good(log: Log) -> None:
    producer = log.producer()
    await producer.start()
    sent = [
        await producer.send(Topic.VOTES, b"x", key=key, partition=None)
        for key in KEYS
        for _ in "ab"
    ]
    numbers = [(await each).partition for each in sent]
    await producer.stop()
    assert numbers == [number for number in KEYS.values() for _ in "ab"]


async def test_a_producer_that_is_ended_fails_what_waits(log: Log) -> None:
    producer = log.producer(linger_ms=5_000)
    await producer.start()
    sent = await send(producer, VOTES, b"a")
    await producer.stop()
    async with asyncio.timeout(5):
        assert isinstance((await asyncio.gather(sent, return_exceptions=True))[0], Exception)


async def test_a_follower_hands_on_what_was_there_and_what_comes(
    log: Log, producer: Producer
) -> None:
    heard: list[bytes | None] = []
    await (await send(producer, BOARDS, b"a"))
    follower = Follower(log, Topic.BOARDS, lambda record: heard.append(record.value))
    following = asyncio.create_task(follower.run())
    async with asyncio.timeout(10):
        await follower.reach(1)
        await (await send(producer, BOARDS, b"b"))
        await follower.reach(2)
    assert (heard, follower.caught_up, follower.problem()) == ([b"a", b"b"], True, None)
    following.cancel()
    await asyncio.wait([following])


async def test_a_stretch_is_read_up_to_its_end_and_no_further(log: Log, producer: Producer) -> None:
    await write(producer, b"a", b"b", b"c")
    found: list[bytes | None] = []
    async with replay(log) as reader:
        assert await reader.ends(Topic.VOTES, [3, 4]) == {3: 3, 4: 0}
        async for number, records in reader.read(Topic.VOTES, {3: (0, 2), 4: (0, 0)}):
            found += [record.value for record in records if number == 3]
    assert found == [b"a", b"b"]
