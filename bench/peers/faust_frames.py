"""Faust's own way to the same state: its stream, from the first frame on, folded by our reducer.

    python -m bench.peers.faust_frames BOOTSTRAP FRAMES

prints, as JSON, the seconds from its assignment to the last frame, and those of its CPU among them.
"""

import json
import os
import sys
import time

from agents.reducers.tally import PartitionTally, step
from bench.peers.faust_app import peer_app, raw_topic, run
from schemas.ballots import read_rows
from schemas.topics import VOTE_PARTITIONS

BOOTSTRAP, FRAMES = sys.argv[1], int(sys.argv[2])

app = peer_app(f"peer-{os.getpid()}", BOOTSTRAP)
topic = raw_topic(app, "votes")
tallies = [PartitionTally(partition) for partition in range(VOTE_PARTITIONS)]
assigned_at: list[float] = []
assigned_cpu: list[float] = []


@app.on_partitions_assigned.connect
async def assigned(_app, places, **_):
    assigned_at.append(time.perf_counter())
    assigned_cpu.append(time.process_time())


@app.agent(topic)
async def count_frames(stream):
    folded = 0
    async for event in stream.events():
        at, rows = read_rows(event.value)
        step(tallies[event.message.partition], event.message.offset, at, rows)
        folded += 1
        if folded == FRAMES:
            seconds = time.perf_counter() - assigned_at[0]
            cpu_s = time.process_time() - assigned_cpu[0]
            print(json.dumps({"seconds": seconds, "cpu_s": cpu_s}), flush=True)


if __name__ == "__main__":
    run(app)
