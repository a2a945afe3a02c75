"""Our worker as it is, with a stop-watch.

    python -m bench.refolding_worker BOOTSTRAP

prints, as JSON, the seconds from its assignment to the tallies of all partitions, those of its CPU
among them, how many ballots the tallies hold, and how many bytes the process has grown by a second
later.
"""

import asyncio
import ctypes
import gc
import json
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import psutil

import agents.shells.work as work
from agents.shells.fold import Fold
from agents.shells.votes import Votes
from agents.worker import WorkerConfig, run
from schemas.addresses import KafkaAddress
from schemas.topics import VOTE_PARTITIONS, Topic
from streams.keys import group_key
from tests.support.ports import free_port
from tribune.lean import collect_seldom

SETTLED_S = 1.0  # the tallies are said by then, and what was read is given back


class TimedFold(Fold):
    """Looks at the clock when it is assigned its partitions."""

    def assign(self, partitions: Iterable[int]) -> None:
        if self.topic is Topic.VOTES and not TimedVotes.started:
            TimedVotes.bytes = used_bytes()
            TimedVotes.started, TimedVotes.cpu = time.perf_counter(), time.process_time()
        super().assign(partitions)


class TimedVotes(Votes):
    """Looks at the clock when the last partition's tallies are owed."""

    started = 0.0
    cpu = 0.0
    bytes = 0
    partitions = 0

    def passed(self, partition: int, end: int, seconds: float) -> None:
        super().passed(partition, end, seconds)
        self.partitions += 1
        if self.partitions == VOTE_PARTITIONS:
            seconds = time.perf_counter() - self.started
            figures = {"seconds": seconds, "cpu_s": time.process_time() - self.cpu}
            asyncio.get_running_loop().call_later(SETTLED_S, self.tell, figures)

    def tell(self, figures: dict[str, float]) -> None:
        figures["ballots"] = sum(tally.ballots() for tally in self.tallies.values())
        figures["bytes"] = used_bytes() - self.bytes
        print(json.dumps(figures), flush=True)


def used_bytes() -> int:
    """What the process holds, without what only waits to be given back."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return psutil.Process().memory_info().rss


if __name__ == "__main__":
    work.Fold, work.AGENTS = TimedFold, (TimedVotes, *work.AGENTS[1:])
    with tempfile.TemporaryDirectory() as folder:
        address = KafkaAddress(sys.argv[1])
        keys = group_key(b"only for measuring")
        config = WorkerConfig(
            address, "127.0.0.1", free_port(), Path(folder), "bench", name="0", group_key=keys
        )
        collect_seldom()
        sys.exit(run(config))
