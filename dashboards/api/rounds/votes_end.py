"""Where the topic `votes` ends now, so that a round's ballots are known to lie behind."""

import asyncio

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from dashboards.api.web.errors import unavailable
from schemas.addresses import KafkaAddress
from schemas.catalogue import CATALOGUE
from schemas.topics import Topic

WITHIN_S = 5.0


async def votes_end(address: KafkaAddress) -> dict[str, int]:
    """The next offset of every partition of `votes`.

    Raises:
        Refused: 503: the log does not answer.
    """
    try:
        async with asyncio.timeout(WITHIN_S):
            return await _ends(address)
    except (KafkaError, OSError, TimeoutError) as error:
        raise unavailable(f"the log does not say where `votes` ends: {error!r}") from None


async def _ends(address: KafkaAddress) -> dict[str, int]:
    consumer: AIOKafkaConsumer = AIOKafkaConsumer(**address.client_options())
    try:
        await consumer.start()
        count = CATALOGUE[Topic.VOTES].partitions
        ends = await consumer.end_offsets(
            [TopicPartition(str(Topic.VOTES), n) for n in range(count)]
        )
        return {str(partition.partition): end for partition, end in sorted(ends.items())}
    finally:
        await consumer.stop()
