"""Ballots a second folded by one Faust worker, in frames, beside a bare loop round aiokafka.

The loop folds the same log by the same reducer and does nothing else; beside it stands Faust as its
documentation shows it, one ballot a message. Every log is written before it is read, on an embedded
broker of its own, and every worker is a process of its own. A second is one of the worker's own
CPU, all its threads together: the broker and whatever else runs on the machine have theirs beside
it. Of the turns the best counts, on either side.
"""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import orjson

from bench.ballots import ballots, fill, frames
from bench.table import Row, note_row, ratio_row
from schemas.topics import VOTE_PARTITIONS
from tests.support.broker import embedded_broker

OURS, PLAIN, FAUST = "bench.streaming_worker", "bench.peers.aiokafka_frames", "Faust, one a message"
UNIT = "ballots/CPU s"
FAUST_BALLOTS = 30_000  # six seconds at the 5 thousand a second that Faust does
BALLOTS = {50: 400_000, 500: 600_000}
AT_LEAST = {50: 600_000, 500: 800_000}  # 400,000 and 850,000 when Faust had each frame alone
TIMES_FAUST = {50: 30, 500: 70}
TURNS = 3  # whatever else the machine does only makes a turn slower
SEEN = {"quixstreams 3.28": "1.51 M", "Kafka Streams 4.4, plain maps": "0.44-0.50 M"}
"""What others took for the same log and the same counts, ballots per CPU second, on 2 cores."""


def run() -> list[Row]:
    """Two rows a frame size, and what was seen of others."""
    faust: list[float] = []
    found: dict[tuple[str, int], list[float]] = {}
    for turn in range(TURNS):
        print(f"fold: turn {turn + 1} of {TURNS}", file=sys.stderr, flush=True)
        faust.append(
            FAUST_BALLOTS / _measure("bench.peers.faust_ballots", FAUST_BALLOTS, _single())
        )
        for size, count in BALLOTS.items():
            for module in (OURS, PLAIN):
                seconds = _measure(module, count // size, frames(count, size))
                found.setdefault((module, size), []).append(count / seconds)
    best = {key: max(speeds) for key, speeds in found.items()}
    rows = [row for size in BALLOTS for row in _rows(size, best, max(faust))]
    notes = [
        note_row("  the same, 50 a frame", peer, f"{seen} {UNIT}") for peer, seen in SEEN.items()
    ]
    return [*rows, *notes]


def _rows(size: int, best: dict[tuple[str, int], float], faust: float) -> list[Row]:
    what, ours = f"ballots folded by one Faust worker, {size} a frame", best[OURS, size]
    beside = ratio_row(what, UNIT, ours, "plain aiokafka", best[PLAIN, size], None)
    bound = f">= {AT_LEAST[size]:,} {UNIT}"
    return [
        replace(beside, bound=bound, ok=ours >= AT_LEAST[size]),
        ratio_row("  the same", UNIT, ours, FAUST, faust, TIMES_FAUST[size]),
    ]


def _single() -> Iterator[tuple[int, bytes]]:
    for ballot in ballots(FAUST_BALLOTS):
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
