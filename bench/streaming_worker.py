"""Our worker, made to fold its stream from the first frame on instead of replaying the log.

    python -m bench.streaming_worker BOOTSTRAP FRAMES

prints how many seconds of its CPU it took from the first frame to the last. Everything else of the
worker runs as always: tallies are said, the watchdog watches.
"""

import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import agents.shells.work as work
from agents.reducers.worker.reading import Reading
from agents.shells.fold import Fold
from agents.worker import WorkerConfig, run
from schemas.addresses import KafkaAddress
from schemas.topics import Topic
from streams.keys import group_key
from streams.log.replay import Record
from tests.support.ports import free_port
from tribune.lean import collect_seldom

BOOTSTRAP, FRAMES = sys.argv[1], int(sys.argv[2])


class StreamingFold(Fold):
    """Follows the stream from offset 0."""

    started = 0.0
    folded = 0

    def assign(self, partitions: Iterable[int]) -> None:
        for number in partitions:
            self.readings[number] = Reading(replaying=False)
            self._folder.begin(number, 0)

    async def hear(self, partition: int, records: Sequence[Record]) -> None:
        self.started = self.started or time.process_time()
        await super().hear(partition, records)
        self.folded += len(records)
        if self.topic is Topic.VOTES and self.folded == FRAMES:
            print(time.process_time() - self.started, flush=True)


if __name__ == "__main__":
    work.Fold = StreamingFold
    with tempfile.TemporaryDirectory() as folder:
        address = KafkaAddress(BOOTSTRAP)
        keys = group_key(b"only for measuring")
        config = WorkerConfig(
            address, "127.0.0.1", free_port(), Path(folder), "bench", name="0", group_key=keys
        )
        collect_seldom()
        sys.exit(run(config))
