"""What `[kafka] flush_ms` costs: how long an acknowledgement takes when the disk is asked too.

Kafka acknowledges what it has written; the system brings it to the disk when it likes, so a power
cut may take the last of it. With 0 every message is on the disk before it is acknowledged, with
another number all are that many ms later. Each setting has a broker and a folder of its own, on
the disk of the system's folder for temporary files, and gets messages as large as a frame.
"""

import asyncio
import os
import time

from aiokafka import AIOKafkaProducer

from bench.progress import progress
from bench.table import Row, figure_row
from schemas.addresses import KafkaAddress
from schemas.topics import VOTE_PARTITIONS, Topic
from streams.log.kafka import KafkaLog
from streams.log.topics import ensure_topics
from tests.support.broker import embedded_broker

SETTINGS = {0: "every message", 100: "100 ms", 1_000: "1 s", 60_000: "60 s"}
# 1,500 acks: fifteen lie above a p99
PER_SECOND, SECONDS, WARM_UP_S = 100, 15.0, 3.0
FRAME_BYTES = 2_000  # some forty ballots


def run() -> list[Row]:
    """Two rows a setting; nothing is promised, for it is the disk that answers."""
    found: list[Row] = []
    for flush_ms, name in SETTINGS.items():
        with embedded_broker(flush_ms=flush_ms) as kafka:
            took = asyncio.run(measure(kafka))
        p50, p99 = took[len(took) // 2], took[len(took) * 99 // 100]
        progress(f"flush_ms = {flush_ms}: p50 {p50:.2f} ms, p99 {p99:.1f}, most {took[-1]:.0f} ms")
        what = f"ack at {PER_SECOND}/s, disk asked for {name} (flush_ms = {flush_ms})"
        found += [figure_row(f"{what}: p50", "ms", p50), figure_row("  p99", "ms", p99)]
    return found


async def measure(kafka: KafkaAddress) -> list[float]:
    """How long each acknowledgement took, in ms; sorted."""
    await ensure_topics(KafkaLog(kafka))
    took: list[float] = []
    producer = AIOKafkaProducer(**kafka.producer_options())
    await producer.start()

    async def send(number: int) -> None:
        began = time.perf_counter()
        await producer.send_and_wait(
            str(Topic.VOTES), os.urandom(FRAME_BYTES), partition=number % VOTE_PARTITIONS
        )
        if number >= WARM_UP_S * PER_SECOND:
            took.append((time.perf_counter() - began) * 1_000)

    try:
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number in range(round((WARM_UP_S + SECONDS) * PER_SECOND)):
                await asyncio.sleep(began + number / PER_SECOND - time.monotonic())
                group.create_task(send(number))
    finally:
        await producer.stop()
    return sorted(took)
