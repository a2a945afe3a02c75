"""The ballots of the fold benchmarks: a county's evening, in which 36 units present in turn.

Of ten voters nine vote on the unit that presents; no voter comes twice.
"""

import asyncio
from collections.abc import Iterable, Iterator
from random import Random

from aiokafka import AIOKafkaProducer

from schemas.addresses import KafkaAddress
from schemas.ballots import VOTER_BITS, Ballot, encode_frame
from schemas.topics import VOTE_PARTITIONS, Topic
from streams.log.kafka import KafkaLog
from streams.log.topics import ensure_topics

EVENING = 1_796_000_000_000  # 30 November 2026: always the same ballots
ROUND = "satisfaction-2026"
UNITS = 36  # the departments and townships of a county


def ballots(count: int) -> Iterator[Ballot]:
    """So many ballots, always the same ones."""
    chance = Random(count)
    for number in range(count):
        presents = number * UNITS // count
        unit = presents if chance.random() < 0.9 else chance.randrange(UNITS)
        voter, choice = chance.getrandbits(VOTER_BITS), chance.randrange(5)
        yield Ballot(ROUND, f"unit-{unit}", voter, choice, EVENING + number // 100, "web")


def frames(count: int, size: int) -> Iterator[tuple[int, bytes]]:
    """So many ballots in frames of a size, each with its partition."""
    source = ballots(count)
    for number in range(count // size):
        rows = [next(source) for _ in range(size)]
        yield number % VOTE_PARTITIONS, encode_frame(EVENING, rows)


def fill(
    address: KafkaAddress, messages: Iterable[tuple[int, bytes]], *, is_new: bool = True
) -> None:
    """Write messages into `votes` of a log; one that is new has no topics yet."""
    asyncio.run(_fill(address, messages, is_new=is_new))


async def _fill(
    address: KafkaAddress, messages: Iterable[tuple[int, bytes]], *, is_new: bool
) -> None:
    if is_new:
        await ensure_topics(KafkaLog(address))
    producer = AIOKafkaProducer(**address.producer_options(), max_batch_size=1 << 19, linger_ms=5)
    await producer.start()
    try:
        for partition, value in messages:
            await producer.send(Topic.VOTES, value, partition=partition)
        await producer.flush()
    finally:
        await producer.stop()
