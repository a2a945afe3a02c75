"""Faust's own way to the same state: its stream, from the first frame on, folded by our reducer.

    python -m bench.peers.faust_frames BOOTSTRAP FRAMES

prints, as JSON, the seconds from its assignment to the last frame, and those of its CPU among them.
"""

import asyncio
import json
import os
import sys
import time

import faust

from agents.reducers.tally import PartitionTally, step
from schemas.ballots import read_rows
from schemas.topics import VOTE_PARTITIONS

BOOTSTRAP, FRAMES = sys.argv[1], int(sys.argv[2])

app = faust.App(
    f"peer-{os.getpid()}",
    broker=f"kafka://{BOOTSTRAP}",
    web_enabled=False,
    topic_disable_leader=True,
    topic_allow_declare=False,
    stream_wait_empty=False,
    consumer_auto_offset_reset="earliest",
    broker_session_timeout=6.0,
    broker_rebalance_timeout=3.0,
    broker_heartbeat_interval=1.0,
    broker_request_timeout=10.0,
)
topic = app.topic("votes", value_type=bytes, value_serializer="raw")
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
    loop = asyncio.new_event_loop()
    worker = faust.Worker(app, loop=loop, loglevel="ERROR", redirect_stdouts=False, quiet=True)
    worker.spinner = None
    worker.execute_from_commandline()
