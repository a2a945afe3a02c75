"""A log of very many small batches on the embedded broker, which looks through all of them."""

import asyncio

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.structs import ConsumerRecord

from schemas import addresses
from schemas.addresses import KafkaAddress
from schemas.topics import Topic
from streams.log import follower
from streams.log.follower import Follower

BATCHES, LAST = 3_000, 10


async def test_who_finds_nothing_in_its_time_asks_with_more_until_it_has_it(
    log: KafkaAddress, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(addresses, "EMBEDDED_FETCH_WAIT_MS", 1)
    monkeypatch.setattr(follower, "STARVED_S", 0.3)
    monkeypatch.setattr(follower, "RETRY_S", 0.1)
    await write_batches(log, BATCHES)
    heard: list[int] = []
    all_heard = asyncio.Event()

    def hear(record: ConsumerRecord[bytes, bytes]) -> None:
        heard.append(record.offset)
        if len(heard) == LAST:
            all_heard.set()

    following = asyncio.create_task(Follower(log, Topic.BOARDS, hear, last=LAST).run())
    async with asyncio.timeout(60):
        await all_heard.wait()
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    assert heard == list(range(BATCHES - LAST, BATCHES))
    assert "messages wait, and none comes" in caplog.text


async def write_batches(log: KafkaAddress, count: int) -> None:
    """Write as many messages, each in a batch of its own."""
    async with AIOKafkaProducer(**log.producer_options()) as producer:
        for number in range(count):
            await producer.send_and_wait(Topic.BOARDS, b"%d" % number, partition=0)
