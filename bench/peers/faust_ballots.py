"""Faust as its documentation shows it: one ballot a message, one agent, a dict.

    python -m bench.peers.faust_ballots BOOTSTRAP COUNT

prints how many seconds of its CPU it took from the first ballot to the last.
"""

import asyncio
import sys
import time

import faust
import orjson

BOOTSTRAP, COUNT = sys.argv[1], int(sys.argv[2])

app = faust.App(
    "peer",
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
latest: dict[tuple[str, str], dict[int, tuple[int, int]]] = {}
counts: dict[tuple[str, str], list[int]] = {}


@app.agent(topic)
async def count_ballots(stream):
    started, folded = 0.0, 0
    async for value in stream:
        started = started or time.process_time()
        fold(orjson.loads(value))
        folded += 1
        if folded == COUNT:
            print(time.process_time() - started, flush=True)


def fold(ballot: dict) -> None:
    place = ballot["round"], ballot["unit"]
    voters = latest.setdefault(place, {})
    totals = counts.setdefault(place, [0] * 5)
    before = voters.get(ballot["voter"])
    if before is not None and before[0] > ballot["created_at"]:
        return
    if before is not None:
        totals[before[1]] -= 1
    totals[ballot["choice"]] += 1
    voters[ballot["voter"]] = ballot["created_at"], ballot["choice"]


if __name__ == "__main__":
    loop = asyncio.new_event_loop()
    worker = faust.Worker(app, loop=loop, loglevel="ERROR", redirect_stdouts=False, quiet=True)
    worker.spinner = None
    worker.execute_from_commandline()
