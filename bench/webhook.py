"""Signed votes, each acknowledged by the log, through one process of the gateway; beside the idiom.

Both write to the same embedded broker and are driven by the same client, in turns. The server has
one processor for itself, the broker and the client share the other.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from bench.progress import progress
from bench.table import Row, ratio_row
from bench.voters import Load, run_voters
from schemas.addresses import KafkaAddress
from schemas.topics import VOTE_PARTITIONS
from streams.gateway.config import GatewayLimits
from streams.log.kafka import KafkaLog
from streams.log.topics import ensure_topics
from tests.support.broker import await_port, embedded_broker
from tests.support.gateway import (
    PARTNER_SECRET,
    Gateway,
    ballots_in,
    open_evening,
    running_gateway,
)
from tests.support.ports import free_port

PEER = "aiohttp + aiokafka send_and_wait"
PEER_TOPIC = "votes-one-by-one"
TURNS = ("warm-up", "ours", "theirs", "theirs", "ours", "ours", "theirs")
QUIET, BUSY, FULL = 128, 512, 1_024  # connections, each with one vote under way
# About as many seconds for either
VOTES = {"ours": 12_000, "theirs": 5_000}
# Above any pace that is measured: no vote is refused
LIMITS = GatewayLimits(per_partner_per_second=1 << 19)


def run() -> list[Row]:
    """Measure at a quiet hour's number of connections, a busy one's, and with a full hall voting at
    once: that is held to 3x.
    """
    first, others = processors()
    pin(0, others)
    with embedded_broker() as kafka:
        asyncio.run(prepare(kafka))
        with running_gateway(kafka, limits=LIMITS) as gateway, idiom(kafka) as peer:
            for server in (gateway.process, peer.process):
                pin(server.pid, first)
            ports = {"ours": gateway.port, "theirs": peer.port}
            loads = {number: measure(ports, number) for number in (QUIET, BUSY, FULL)}
        accepted = sum(load.accepted for found in loads.values() for load in found["ours"])
        in_log = len(asyncio.run(ballots_in(kafka)))
        assert in_log >= accepted, f"{accepted} votes acknowledged, {in_log} in the log"
    return [row(number, found, 3.0 if number == FULL else None) for number, found in loads.items()]


def measure(ports: dict[str, int], connections: int) -> dict[str, list[Load]]:
    """Drive both in turn; each one's first turn does not count."""
    found: dict[str, list[Load]] = {"ours": [], "theirs": []}
    for turn in TURNS:
        for side in found if turn == "warm-up" else [turn]:
            count = 1_000 if turn == "warm-up" else VOTES[side]
            load = run_voters(ports[side], PARTNER_SECRET, count, connections)
            progress(f"{connections} connections, {turn}: {load.per_second:,.0f} votes/s")
            assert set(load.statuses) <= {"200", "503"}, load
            if turn != "warm-up":
                found[side].append(load)
    return found


def row(connections: int, found: dict[str, list[Load]], at_least: float | None) -> Row:
    rates = {side: median(load.per_second for load in loads) for side, loads in found.items()}
    for side, name in (("ours", "gateway"), ("theirs", PEER)):
        p50, p99, own = (
            median(getattr(load, figure) for load in found[side])
            for figure in ("p50_ms", "p99_ms", "client_cpu_us")
        )
        refused = sum(load.answered - load.accepted for load in found[side])
        progress(
            f"{connections} connections, {name}: {rates[side]:,.0f} votes/s, p50 {p50:.0f} ms, "
            f"p99 {p99:.0f} ms, {refused} refused; the client's own cost: {own:.0f} us a vote"
        )
    what = f"webhook votes/s, acks=all, {connections} connections"
    return ratio_row(what, "/s", rates["ours"], PEER, rates["theirs"], at_least)


def processors() -> tuple[set[int], set[int]]:
    """One processor for the server that is measured, and the others for everyone else."""
    every = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
    return {every[0]}, set(every[1:] or every)


def pin(process: int, to: set[int]) -> None:
    """Keep a process (0: this one and whom it starts) on processors, where that can be done."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(process, to)


async def prepare(kafka: KafkaAddress) -> None:
    """Open a round, and make the peer's topic, as many partitions wide as ours."""
    await ensure_topics(KafkaLog(kafka))
    await open_evening(kafka)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(PEER_TOPIC, VOTE_PARTITIONS, 1)])
    await admin.close()


@contextmanager
def idiom(kafka: KafkaAddress) -> Iterator[Gateway]:
    """Run the peer; it writes to a topic of its own in the same log."""
    port = free_port()
    command = [sys.executable, "-m", "bench.peers.aiohttp_gateway", kafka.bootstrap]
    process = subprocess.Popen([*command, PEER_TOPIC, str(port), PARTNER_SECRET])
    try:
        await_port(port, process)
        yield Gateway(process, port)
    finally:
        process.terminate()
        process.wait(10)
