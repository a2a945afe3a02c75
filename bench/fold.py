"""Ballots a second folded by one Faust worker, in frames, beside Faust with one a message.

Every log is written before it is read, on an embedded broker of its own, and every worker is a
process of its own. A second is one of the worker's own CPU, all its threads together: the broker
and whatever else runs on the machine have theirs beside it. Of the turns the best counts, on either
side.
"""

import subprocess
import sys
from collections.abc import Iterator

import orjson

from bench.ballots import ballots, fill, frames
from bench.table import Row, ratio_row
from schemas.topics import VOTE_PARTITIONS
from tests.support.broker import embedded_broker

PEER = "Faust, one ballot a message"
PEER_BALLOTS = 30_000
OUR_BALLOTS = {50: 400_000, 500: 600_000}
AT_LEAST = {50: 30, 500: 70}
TURNS = 3


def run() -> list[Row]:
    """One row a frame size."""
    theirs: list[float] = []
    ours: dict[int, list[float]] = {size: [] for size in OUR_BALLOTS}
    for _ in range(TURNS):
        theirs.append(PEER_BALLOTS / _measure("bench.peers.faust_ballots", PEER_BALLOTS, _single()))
        for size, count in OUR_BALLOTS.items():
            seconds = _measure("bench.streaming_worker", count // size, frames(count, size))
            ours[size].append(count / seconds)
    return [
        ratio_row(
            f"ballots folded by one Faust worker, {size} a frame",
            "ballots/CPU s",
            max(ours[size]),
            PEER,
            max(theirs),
            AT_LEAST[size],
        )
        for size in OUR_BALLOTS
    ]


def _single() -> Iterator[tuple[int, bytes]]:
    for ballot in ballots(PEER_BALLOTS):
        yield ballot.voter % VOTE_PARTITIONS, orjson.dumps(ballot._asdict())


def _measure(module: str, count: int, messages: Iterator[tuple[int, bytes]]) -> float:
    """CPU seconds from the first message to the last, as the worker saw them."""
    with embedded_broker() as address:
        fill(address, messages)
        command = [sys.executable, "-m", module, address.bootstrap, str(count)]
        worker = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            assert worker.stdout is not None
            return float(worker.stdout.readline())
        finally:
            worker.kill()
            worker.wait()
            worker.stdout.close()
