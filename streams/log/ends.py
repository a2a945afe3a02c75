"""Where partitions end, also on the embedded broker.

Asked by ListOffsets, Tansu 0.6.0 tells as a partition's end the offset after the *first* message of
its last batch. So the last batch is read, and what it holds is counted.
"""

from collections.abc import Iterable

from aiokafka import AIOKafkaConsumer, TopicPartition

from streams.log.interface import Consumer, Place

FETCH_MS = 200


async def true_ends(
    consumer: AIOKafkaConsumer, partitions: Iterable[TopicPartition]
) -> dict[TopicPartition, int]:
    """The next offset of each partition; they must be assigned, and are left at their ends.

    It waits for as long as the log does not answer: give it a timeout.

    Raises:
        KafkaError: the log is away.
    """
    ends = await consumer.end_offsets(list(partitions))
    starts = await consumer.beginning_offsets(list(partitions))
    waiting = {place for place, end in ends.items() if end > starts[place]}
    for place, end in ends.items():
        consumer.seek(place, end - 1 if place in waiting else end)
    while waiting:
        fetched = await consumer.getmany(*waiting, timeout_ms=FETCH_MS)
        for place, records in fetched.items():
            ends[place] = max(ends[place], records[-1].offset + 1)
            waiting.discard(place)
    return ends


async def exact_ends(consumer: Consumer, places: Iterable[Place]) -> dict[Place, int]:
    """As `true_ends`, by our own names; it assigns the places that it has to read."""
    ends = await consumer.end_offsets(list(places))
    starts = await consumer.beginning_offsets(list(ends))
    waiting = {place for place, end in ends.items() if end > starts[place]}
    if waiting:
        consumer.assign(waiting)
    for place in waiting:
        consumer.seek(place, ends[place] - 1)
    while waiting:
        fetched = await consumer.getmany(*waiting, timeout_ms=FETCH_MS)
        for place, records in fetched.items():
            ends[place] = max(ends[place], records[-1].offset + 1)
            waiting.discard(place)
    return ends
