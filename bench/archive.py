"""Ballots a second from the broker's log to rows in ClickHouse, by one archive process.

Beside it the usual idiom: one insert per 1,000 rows of JSON. Both read the same log, into the same
ClickHouse, one after the other, twice, and the better run of each counts; the rate is taken between
the first rows seen and the last.
"""

import asyncio
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from aiokafka import AIOKafkaProducer

from bench.progress import progress
from bench.table import Row, ratio_row
from schemas.addresses import ClickHouseAddress, KafkaAddress
from schemas.ballots import VOTER_BITS, Ballot, encode_frame
from schemas.topics import VOTE_PARTITIONS, Topic
from streams.archive.serve import ArchiveConfig, serve
from streams.log.kafka import KafkaLog
from streams.log.topics import ensure_topics
from tests.support.broker import embedded_broker
from tests.support.clickhouse import embedded_clickhouse
from tests.support.ports import free_port

BALLOTS = 600_000  # no measured reason: seconds of work for either
RUNS = 2  # what disturbs one run is seldom there in the other
EACH = 100  # a frame; between those of a quiet evening and the fullest, of 500
NOW = 1_790_000_000_000  # September 2026: always the same ballots
PATIENCE_S = 120  # only ends a run that is stuck


def run() -> list[Row]:
    with embedded_broker() as kafka:
        progress(f"{BALLOTS:,} ballots go into the log")
        asyncio.run(_fill(kafka))
        pairs = [_pair(kafka) for _ in range(RUNS)]
    theirs, ours = (max(rates) for rates in zip(*pairs, strict=True))
    return [
        ratio_row(
            f"into ClickHouse, {EACH} ballots a frame, one archive process",
            "ballots/s",
            ours,
            "one insert per 1,000 rows of JSON",
            theirs,
            3,
        )
    ]


def _pair(kafka: KafkaAddress) -> tuple[float, float]:
    with TemporaryDirectory() as folder, embedded_clickhouse(Path(folder)) as server:
        url = server.address.url
        where = [kafka.bootstrap, url]
        theirs = _rate([sys.executable, "-m", "bench.peers.json_archive", *where], url, "ballots")
        progress(f"the idiom: {theirs:,.0f} ballots/s")
        ours = _rate([sys.executable, "-m", "bench.archive", *where], url, "tribune.vote_rows")
        progress(f"the archive: {ours:,.0f} ballots/s")
        assert _count(url, "tribune.votes") == BALLOTS
        return theirs, ours


async def _fill(kafka: KafkaAddress) -> None:
    await ensure_topics(KafkaLog(kafka))
    draw = random.Random(2026)
    producer = AIOKafkaProducer(**kafka.producer_options(), linger_ms=5)
    await producer.start()
    for number in range(BALLOTS // EACH):
        partition = number % VOTE_PARTITIONS
        at = NOW + number * 5
        frame = encode_frame(at, [_ballot(draw, partition, at) for _ in range(EACH)])
        await producer.send(str(Topic.VOTES), frame, partition=partition)
    await producer.stop()


def _ballot(draw: random.Random, partition: int, at: int) -> Ballot:
    voter = draw.getrandbits(VOTER_BITS - 3) << 3 | partition
    unit = f"department-{draw.randrange(36)}"
    return Ballot("satisfaction-2026", unit, voter, draw.randrange(5), at - 40, "wechat:county")


def _rate(command: list[str], url: str, table: str) -> float:
    with _running(command):
        while not (first := _count(url, table)):
            time.sleep(0.02)
        began = time.monotonic()
        while (seen := _count(url, table)) < BALLOTS:
            if time.monotonic() > began + PATIENCE_S:
                raise TimeoutError(f"{table}: {seen:,} of {BALLOTS:,} rows")
            time.sleep(0.02)
        return (seen - first) / (time.monotonic() - began)


def _count(url: str, table: str) -> int:
    query = f"SELECT count() FROM {table}"
    try:
        with urlopen(Request(url, query.encode()), timeout=10) as answer:
            return int(answer.read())
    except HTTPError as error:
        with error:
            return 0  # the table is not there yet


@contextmanager
def _running(command: list[str]) -> Iterator[None]:
    process = subprocess.Popen(command)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


async def _serve(bootstrap: str, url: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    kafka = KafkaAddress(bootstrap)
    await serve(ArchiveConfig(kafka, ClickHouseAddress(url), "127.0.0.1", free_port()), stop)


if __name__ == "__main__":
    asyncio.run(_serve(*sys.argv[1:3]))
