"""The archive role: every fact from the log into ClickHouse."""

import asyncio
import logging
from contextlib import suppress

from streams.archive.archivist import Archivist
from streams.archive.config import ArchiveConfig
from streams.archive.letters import Letters
from streams.archive.metrics import Metrics
from streams.archive.reader import Reader
from streams.archive.store import Store
from streams.health import serve_health
from streams.log.interface import AWAY, Log
from streams.log.kafka import KafkaLog
from streams.log.producer import LogProducer
from streams.log.topics import ensure_topics

# As others wait for a broker that is starting
TOPICS_AGAIN_S = 1.0
# `drain_s` and this are below `STOP_WITHIN_S` of tribune.supervise.crew (9.5 s)
LETTERS_WITHIN_S = 1.0

__all__ = ["ArchiveConfig", "serve"]
log = logging.getLogger(__name__)


async def serve(config: ArchiveConfig, stop: asyncio.Event) -> None:
    """Archive until `stop`, then write the rest of the log to ClickHouse and return.

    Raises:
        AnotherLog: ClickHouse holds another log than this one.
        OSError: the port for its health cannot be had.
    """
    limits, metrics, room = config.limits, Metrics(), KafkaLog(config.kafka)
    # two: letters ask while a batch is written, and a client serialises its calls
    stores = [Store(config.clickhouse, limits.insert_timeout_s) for _ in range(2)]
    producer = LogProducer(room)
    letters = Letters(producer, stores[1])
    archivist = Archivist(Reader(room, limits), stores[0], letters, metrics, limits)
    place = config.health_host, config.health_port
    health = await serve_health(*place, archivist.problems, metrics.registry)
    await producer.start()
    letters.start()
    try:
        if await _make_topics(room, stop):
            await archivist.run(stop)
    finally:
        await letters.stop(LETTERS_WITHIN_S)
        await producer.stop()
        await health.cleanup()
        for store in stores:
            store.close()


async def _make_topics(room: Log, stop: asyncio.Event) -> bool:
    while not stop.is_set():
        try:
            await ensure_topics(room)
        except AWAY as error:
            log.warning("the log at %s: %s", room.where, error or repr(error))
        else:
            return True
        with suppress(TimeoutError):
            async with asyncio.timeout(TOPICS_AGAIN_S):
                await stop.wait()
    return False
