"""Another way to cut at the limit: an agent of the Faust worker that counts the votes sleeps to it.

python -m bench.peers.faust_cuts BOOTSTRAP MIXER_PORT
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
from tests.support.x32 import set_on

BOOTSTRAP, MIXER = sys.argv[1], int(sys.argv[2])

app = faust.App(
    f"cuts-{os.getpid()}",
    broker=f"kafka://{BOOTSTRAP}",
    web_enabled=False,
    topic_disable_leader=True,
    topic_allow_declare=False,
    stream_wait_empty=False,
    consumer_auto_offset_reset="latest",
    broker_session_timeout=6.0,
    broker_rebalance_timeout=3.0,
    broker_heartbeat_interval=1.0,
    broker_request_timeout=10.0,
)
votes = app.topic("votes", value_type=bytes, value_serializer="raw")
sessions = app.topic("sessions", value_type=bytes, value_serializer="raw")
tallies = [PartitionTally(partition) for partition in range(VOTE_PARTITIONS)]


@app.on_partitions_assigned.connect
async def assigned(_app, places, **_):
    print("ready", flush=True)


@app.agent(votes)
async def count(stream):
    async for event in stream.events():
        at, rows = read_rows(event.value)
        step(tallies[event.message.partition], event.message.offset, at, rows)


@app.agent(sessions)
async def cut(stream):
    async for value in stream:
        message = json.loads(value)
        if message["type"] == "time_added":
            await asyncio.sleep(max(0.0, message["ends_at"] / 1_000 - time.time()))
            set_on(MIXER, int(message["id"].removeprefix("more-")) % 32 + 1, False)


if __name__ == "__main__":
    loop = asyncio.new_event_loop()
    worker = faust.Worker(app, loop=loop, loglevel="ERROR", redirect_stdouts=False, quiet=True)
    worker.spinner = None
    worker.execute_from_commandline()
