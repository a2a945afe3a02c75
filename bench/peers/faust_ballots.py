"""Faust as its documentation shows it: one ballot a message, one agent, a dict.

    python -m bench.peers.faust_ballots BOOTSTRAP COUNT

prints how many seconds of its CPU it took from the first ballot to the last.
"""

import sys
import time

import orjson

from bench.peers.faust_app import peer_app, raw_topic, run

BOOTSTRAP, COUNT = sys.argv[1], int(sys.argv[2])

app = peer_app("peer", BOOTSTRAP)
topic = raw_topic(app, "votes")
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
    run(app)
