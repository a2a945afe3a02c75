"""Two workers of one group, one killed (-9) for good: how soon the other has its part."""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from agents.shells.member import SESSION_S
from bench.table import Row, bound_row
from schemas.addresses import KafkaAddress
from schemas.topics import Topic
from streams.log.kafka import KafkaLog
from streams.log.topics import ensure_topics
from tests.support.broker import embedded_broker
from tests.support.evening import Evening, ends_of, evening
from tests.support.workers import Workers, workers_of

TURNS = 3  # some ten seconds each; when in its session's time a worker dies is chance
REBALANCED_S = 3.0
"""What the group may take to deal its work out anew, beside the session of the one that died."""


def measure() -> Row:
    """The longest of some turns."""
    with tempfile.TemporaryDirectory() as folder, embedded_broker() as address:
        asyncio.run(ensure_topics(KafkaLog(address)))
        with workers_of(address, Path(folder)) as workers:
            taken = asyncio.run(_turns(address, workers))
    print(f"takeover, by another: {', '.join(f'{s:.1f} s' for s in taken)}", file=sys.stderr)
    what = (
        f"of two workers one is killed for good, {TURNS} times -> board counts all again: longest"
    )
    return bound_row(what, "s", max(taken), SESSION_S + REBALANCED_S)


async def _turns(address: KafkaAddress, workers: Workers) -> list[float]:
    async with evening(address, "two") as held:
        return [await _turn(held, workers) for _ in range(TURNS)]


async def _turn(held: Evening, workers: Workers) -> float:
    first, _ = await asyncio.to_thread(workers.crew, 2)
    stop = asyncio.Event()
    casting = asyncio.create_task(held.cast_until(stop))
    await asyncio.sleep(1.0)
    began = time.perf_counter()
    first.end()
    ends = await ends_of(held.address, Topic.VOTES)
    while not _counts(held, ends):
        await asyncio.sleep(0.02)
    taken = time.perf_counter() - began
    stop.set()
    await casting
    return taken


def _counts(held: Evening, ends: dict[int, int]) -> bool:
    board = held.newest()
    votes = board["positions"]["votes"] if board else {}
    return bool(votes) and all(votes[str(number)] >= end for number, end in ends.items())
