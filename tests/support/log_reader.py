"""Everything that a log holds, read by a plain consumer."""

from dataclasses import replace

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import ConsumerRecord

from schemas.addresses import KafkaAddress
from streams.log.kafka import KafkaLog


async def whole_log(address: KafkaAddress) -> list[ConsumerRecord[bytes, bytes]]:
    """Every message of every topic, whoever made it, in the order of each partition.

    Topics have their own names here, without what stands before them on the broker.
    """
    consumer: AIOKafkaConsumer = AIOKafkaConsumer(
        bootstrap_servers=address.bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        partitions = [
            TopicPartition(address.topic(topic), number)
            for topic, count in (await KafkaLog(address).partitions()).items()
            for number in range(count)
        ]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        found: list[ConsumerRecord[bytes, bytes]] = []
        while any([await consumer.position(each) < ends[each] for each in partitions]):
            for records in (await consumer.getmany(timeout_ms=100)).values():
                found += [
                    replace(record, topic=record.topic.removeprefix(address.prefix))
                    for record in records
                ]
        return found
    finally:
        await consumer.stop()
