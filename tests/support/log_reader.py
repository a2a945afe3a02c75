"""Everything that a log holds, read by a plain consumer."""

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import ConsumerRecord

from schemas.addresses import KafkaAddress


async def whole_log(address: KafkaAddress) -> list[ConsumerRecord[bytes, bytes]]:
    """Every message of every topic, whoever made it, in the order of each partition."""
    consumer: AIOKafkaConsumer = AIOKafkaConsumer(
        bootstrap_servers=address.bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        partitions = [
            TopicPartition(topic, number)
            for topic in await consumer.topics()
            if topic.startswith(address.prefix)
            for number in consumer.partitions_for_topic(topic) or ()
        ]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        found: list[ConsumerRecord[bytes, bytes]] = []
        while any([await consumer.position(each) < ends[each] for each in partitions]):
            for records in (await consumer.getmany(timeout_ms=100)).values():
                found += records
        return found
    finally:
        await consumer.stop()
