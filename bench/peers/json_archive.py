"""The idiom: collect a thousand rows, insert them as JSON, go on.

It reads the same frames as the archive does, which is kind: the idiom has a message per ballot.
`python -m bench.peers.json_archive KAFKA CLICKHOUSE`
"""

import asyncio
import sys
from typing import Any

import orjson
from aiohttp import ClientSession
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.ballots import CHOICES
from schemas.topics import VOTE_PARTITIONS, Topic

ROWS = 1_000  # the least that ClickHouse's documentation advises for an insert
TABLE = """
CREATE TABLE ballots
(
    round LowCardinality(String), unit LowCardinality(String), voter UInt64,
    choice LowCardinality(String), received_at DateTime64(3, 'UTC'),
    created_at DateTime64(3, 'UTC'), source LowCardinality(String),
    partition UInt16, `offset` UInt64, item UInt32
)
ENGINE = ReplacingMergeTree ORDER BY (partition, `offset`, item)
"""


async def main(bootstrap: str, clickhouse: str) -> None:
    partitions = [TopicPartition(str(Topic.VOTES), number) for number in range(VOTE_PARTITIONS)]
    consumer: AIOKafkaConsumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    consumer.assign(partitions)
    async with ClientSession(clickhouse) as http:
        await _post(http, TABLE, b"")
        rows: list[bytes] = []
        async for record in consumer:
            frame: dict[str, Any] = orjson.loads(record.value)
            for item, ballot in enumerate(frame["b"]):
                rows.append(_row(record.partition, record.offset, item, frame["at"], ballot))
                if len(rows) == ROWS:
                    await _post(http, "INSERT INTO ballots FORMAT JSONEachRow", b"\n".join(rows))
                    rows.clear()


def _row(partition: int, offset: int, item: int, at: int, ballot: list[Any]) -> bytes:
    round_id, unit, voter, choice, created_at, source = ballot
    return orjson.dumps(
        {
            "round": round_id,
            "unit": unit,
            "voter": voter,
            "choice": CHOICES[choice],
            "received_at": at,
            "created_at": created_at,
            "source": source,
            "partition": partition,
            "offset": offset,
            "item": item,
        }
    )


async def _post(http: ClientSession, query: str, rows: bytes) -> None:
    params = {"query": query, "async_insert": "0"}
    async with http.post("/", params=params, data=rows) as answer:
        if answer.status != 200:
            raise RuntimeError(await answer.text())


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
