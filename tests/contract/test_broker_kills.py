"""What kills of a broker lose: nothing that it acknowledged."""

import asyncio
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas.addresses import KafkaAddress
from schemas.topics import Topic
from streams.log.kafka import KafkaLog
from streams.log.replay import replay
from streams.log.topics import ensure_topics
from tests.support.kafka import real_kafka

KILLS = 3
PACE_S = 0.002

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]


async def write(address: KafkaAddress, stop: asyncio.Event) -> list[int]:
    """Write numbers one after the other, idempotently; gives those that were acknowledged."""
    producer = AIOKafkaProducer(**address.producer_options())
    await producer.start()
    sent: list[asyncio.Future[object]] = []
    while not stop.is_set():
        sent.append(await producer.send(Topic.VOTES, b"%d" % len(sent), partition=0))
        await asyncio.sleep(PACE_S)
    await producer.stop()
    outcomes = await asyncio.gather(*sent, return_exceptions=True)
    assert all(isinstance(each, KafkaError) or not isinstance(each, Exception) for each in outcomes)
    return [number for number, each in enumerate(outcomes) if not isinstance(each, Exception)]


async def test_three_kills_under_load_lose_no_acknowledged_message(tmp_path: Path) -> None:
    with real_kafka(tmp_path) as kafka:
        [node] = kafka.nodes
        await ensure_topics(KafkaLog(kafka.address))
        stop = asyncio.Event()
        writing = asyncio.create_task(write(kafka.address, stop))
        for _ in range(KILLS):
            await asyncio.sleep(2)
            await asyncio.to_thread(node.end)
            node.start()
            await asyncio.to_thread(node.await_ready)
        await asyncio.sleep(1)
        stop.set()
        acked = await writing
        found: list[int] = []
        async with replay(KafkaLog(kafka.address)) as reader:
            ends = await reader.ends(Topic.VOTES, [0])
            async for _, records in reader.read(Topic.VOTES, {0: (0, ends[0])}):
                found += [int(record.value or b"-1") for record in records]
    assert len(acked) > 500
    assert set(acked) <= set(found)
    assert found == sorted(set(found)), "once each, and in order"
