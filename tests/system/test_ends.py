import asyncio

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from schemas.addresses import KafkaAddress
from schemas.topics import Topic
from streams.log.ends import true_ends

EMPTY, ONE, SEVERAL = (TopicPartition(str(Topic.VOTES), number) for number in range(3))


async def test_a_partition_ends_after_its_last_message_however_they_were_batched(
    log: KafkaAddress,
) -> None:
    producer = AIOKafkaProducer(**log.producer_options(), linger_ms=50)
    consumer: AIOKafkaConsumer = AIOKafkaConsumer(**log.client_options())
    await producer.start()
    await consumer.start()
    try:
        await producer.send_and_wait(ONE.topic, b"x", partition=ONE.partition)
        together = [
            await producer.send(SEVERAL.topic, b"x", partition=SEVERAL.partition) for _ in range(5)
        ]
        await asyncio.gather(*together)
        consumer.assign([EMPTY, ONE, SEVERAL])
        wanted = {EMPTY: 0, ONE: 1, SEVERAL: 5}
        assert await true_ends(consumer, wanted) == wanted
        assert await true_ends(consumer, wanted) == wanted
        assert [await consumer.position(place) for place in wanted] == [0, 1, 5]
    finally:
        await consumer.stop()
        await producer.stop()
