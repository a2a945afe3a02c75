"""The archive, running in a test's own loop; and what a test writes to the log for it."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from aiohttp import ClientSession
from aiokafka import AIOKafkaProducer

from schemas.addresses import ClickHouseAddress, KafkaAddress
from schemas.ballots import Ballot, encode_frame
from schemas.topics import VOTE_PARTITIONS, Topic
from streams.archive.config import ArchiveConfig, Limits
from streams.archive.serve import serve
from tests.support.ports import free_port

Sent = tuple[Topic, int, bytes | None]


def archive_config(
    kafka: KafkaAddress, clickhouse: ClickHouseAddress, **limits: Any
) -> ArchiveConfig:
    chosen = replace(Limits(), **limits)
    return ArchiveConfig(kafka, clickhouse, "127.0.0.1", free_port(), chosen)


@asynccontextmanager
async def archiving(config: ArchiveConfig) -> AsyncIterator[asyncio.Task[None]]:
    """Run the archive until the block ends, and then let it drain."""
    stop = asyncio.Event()
    task = asyncio.create_task(serve(config, stop))
    try:
        yield task
    finally:
        stop.set()
        await task


async def write(kafka: KafkaAddress, messages: Iterable[Sent]) -> None:
    """Write messages (topic, partition, value) to the log, in order, all acknowledged."""
    producer = AIOKafkaProducer(**kafka.producer_options())
    await producer.start()
    try:
        for sent in [
            await producer.send(kafka.topic(topic), value, key=b"key", partition=partition)
            for topic, partition, value in messages
        ]:
            await sent
    finally:
        await producer.stop()


def frames(count: int, *, each: int = 10, first: int = 0, round_id: str = "r") -> list[Sent]:
    """Frames with `each` ballots, every voter's own; partition by voter."""
    sent: list[Sent] = []
    for number in range(first, first + count):
        partition = number % VOTE_PARTITIONS
        voters = [(number * each + item) * VOTE_PARTITIONS + partition for item in range(each)]
        ballots = [
            Ballot(round_id, f"unit{voter % 36}", voter, voter % 5, 1_000_000 + voter, "web")
            for voter in voters
        ]
        sent.append((Topic.VOTES, partition, encode_frame(1_790_000_000_000 + number, ballots)))
    return sent


async def ask(clickhouse: ClickHouseAddress, query: str) -> str:
    """Ask ClickHouse, and give its answer without the last line's end."""
    async with (
        ClientSession(clickhouse.url) as http,
        http.post("/", params={"database": clickhouse.database}, data=query) as answer,
    ):
        text = await answer.text()
        assert answer.status == 200, text
        return text.rstrip("\n")


async def until_answer(
    clickhouse: ClickHouseAddress, query: str, wanted: str, within_s: float = 30
) -> None:
    """Ask until it answers as wanted."""
    said = "no answer"
    try:
        async with asyncio.timeout(within_s):
            while True:
                try:
                    said = await ask(clickhouse, query)
                except (OSError, AssertionError) as error:
                    said = str(error)
                if said == wanted:
                    return
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"{query}: {said!r}, not {wanted!r}") from None
