"""Another way to cut at the limit: an agent of the Faust worker that counts the votes sleeps to it.

python -m bench.peers.faust_cuts MIXER_PORT, with the log's address in the environment
"""

import asyncio
import json
import os
import sys
import time

import faust

from agents.reducers.tally import PartitionTally, step
from bench.peers.address import taken
from bench.peers.faust_app import peer_app, raw_topic, run
from schemas.ballots import read_rows
from schemas.topics import VOTE_PARTITIONS
from tests.support.x32 import set_on

MIXER = int(sys.argv[1])
address = taken()

app = peer_app(
    f"cuts-{os.getpid()}",
    address.bootstrap,
    "latest",
    broker_credentials=faust.SASLCredentials(
        username=address.username,
        password=address.password,
        mechanism=address.sasl_mechanism,
    ),
)
votes = raw_topic(app, "votes")
sessions = raw_topic(app, "sessions")
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
    run(app)
