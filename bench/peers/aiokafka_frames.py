"""A bare loop round aiokafka's consumer, by our reducer: no group, no agents, nothing said.

    python -m bench.peers.aiokafka_frames BOOTSTRAP FRAMES

prints how many seconds of its CPU it took from the first frames to the last.
"""

import asyncio
import sys
import time

from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.reducers.tally import PartitionTally, step
from schemas.ballots import read_rows
from schemas.topics import VOTE_PARTITIONS, Topic
from tribune.lean import collect_seldom

BOOTSTRAP, FRAMES = sys.argv[1], int(sys.argv[2])


async def main() -> None:
    tallies = [PartitionTally(partition) for partition in range(VOTE_PARTITIONS)]
    places = [TopicPartition(Topic.VOTES, number) for number in range(VOTE_PARTITIONS)]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=BOOTSTRAP, enable_auto_commit=False, max_partition_fetch_bytes=256 << 10
    )
    await consumer.start()
    consumer.assign(places)
    await consumer.seek_to_beginning()
    started, folded = 0.0, 0
    while folded < FRAMES:
        fetched = await consumer.getmany(timeout_ms=1_000)
        started = started or time.process_time()
        for place, records in fetched.items():
            for record in records:
                at, rows = read_rows(record.value)
                step(tallies[place.partition], record.offset, at, rows)
            folded += len(records)
    print(time.process_time() - started, flush=True)


if __name__ == "__main__":
    collect_seldom()
    asyncio.run(main())
