"""The archive, running in a test's own loop; and what a test writes to the log for it."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace

from aiokafka import AIOKafkaProducer

from schemas.addresses import ClickHouseAddress, KafkaAddress
from schemas.topics import Topic
from streams.archive.config import ArchiveConfig, Limits
from streams.archive.serve import serve
from tests.support.ports import free_port


def archive_config(
    kafka: KafkaAddress, clickhouse: ClickHouseAddress, **limits: float
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


async def write(
    kafka: KafkaAddress,
    messages: Iterable[tuple[Topic, int, bytes | None]],
    *,
    key: bytes | None = None,
) -> None:
    """Write messages (topic, partition, value) to the log, each acknowledged, in order."""
    producer = AIOKafkaProducer(**kafka.producer_options())
    await producer.start()
    try:
        for sent in [
            await producer.send(str(topic), value, key=key, partition=partition)
            for topic, partition, value in messages
        ]:
            await sent
    finally:
        await producer.stop()
