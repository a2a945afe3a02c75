"""Writes dead letters for what the gateway cannot read."""

import asyncio
import logging

from aiokafka.errors import KafkaError

from schemas.dead_letters import DeadLetter
from schemas.topics import Topic
from schemas.wire import encode
from streams.gateway.metrics import GatewayMetrics
from streams.log.producer import LogProducer, LogUnavailable

# A letter hurries nobody; the log is away when this waits
RETRY_S = 1.0

log = logging.getLogger(__name__)


class DeadLetters:
    """Letters on their way to the log, in order; each is tried until the log has it."""

    def __init__(self, producer: LogProducer, metrics: GatewayMetrics) -> None:
        self._producer = producer
        self._metrics = metrics
        self._letters: asyncio.Queue[DeadLetter] = asyncio.Queue()

    def put(self, letter: DeadLetter) -> None:
        """Say that a message could not be read."""
        log.warning("%s could not be read: %s", letter.key.decode(), letter.reason)
        self._metrics.dead_letters.labels(letter.topic).inc()
        self._letters.put_nowait(letter)

    async def write(self) -> None:
        """Write what is put; runs until cancelled."""
        while True:
            await self._write(await self._letters.get())

    async def _write(self, letter: DeadLetter) -> None:
        while True:
            try:
                await self._producer.send(Topic.DEAD_LETTERS, encode(letter), key=letter.key)
            except (LogUnavailable, KafkaError):
                await asyncio.sleep(RETRY_S)
            else:
                return
