"""Lets go of the log: ends a consumer for good."""

import asyncio
from contextlib import suppress

from aiokafka import AIOKafkaConsumer


async def let_go(consumer: AIOKafkaConsumer) -> None:
    """Stop a consumer and close its client, also while the broker is away.

    aiokafka's own `stop` breaks off by a CancelledError that nobody sent when a fetch has just
    failed. Its client would then ask the broker for its topics for good, also one that is new.
    """
    ending = asyncio.create_task(_end(consumer))
    try:
        await asyncio.wait([ending])
    finally:
        await asyncio.wait([ending])  # who is cancelled meanwhile leaves nothing behind either
    ending.result()


async def _end(consumer: AIOKafkaConsumer) -> None:
    try:
        with suppress(asyncio.CancelledError):
            await consumer.stop()
    finally:
        await consumer._client.close()  # pyright: ignore[reportPrivateUsage]
