"""5,000 viewers of one push process, beside `websockets.broadcast`; each server fed by the log."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

import psutil
from aiokafka import AIOKafkaProducer

from agents.reducers.board import rows
from bench.table import Row, ratio_row
from schemas.addresses import KafkaAddress
from schemas.boards import Board
from schemas.broadcasts import Text
from schemas.formulas import SATISFACTION_V1, FormulaRef
from schemas.tallies import RankedUnit, RoundTally
from schemas.topics import Topic
from schemas.wire import encode
from streams.log.topics import ensure_topics
from streams.push.config import PushConfig
from streams.push.serve import serve
from tests.support.broker import await_port, embedded_broker
from tests.support.ports import free_port
from tribune.lean import collect_seldom

VIEWERS = 5_000
BOARDS_A_SECOND = 4
MEASURED_S = 3.0
TURNS = ("ours", "theirs", "theirs", "ours")
SIZES = ((6, 3 * TURNS), (36, 2 * TURNS))
ROUND = "satisfaction-2026"
CHANNEL = f"board:satisfaction:{ROUND}"
PEER = "websockets.broadcast"


@dataclass(slots=True)
class Figures:
    """What one server was seen to do, turn by turn."""

    cpu_us: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    viewers_us: list[float] = field(default_factory=list)
    arrived: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Arena:
    """A server with a log and viewers of its own."""

    kafka: KafkaAddress
    server: subprocess.Popen[bytes]
    viewers: subprocess.Popen[bytes]
    viewer_kb: float


def run() -> list[Row]:
    """Measure both servers in turn, with a small board and with a county's; medians of turns."""
    found: list[Row] = []
    with arena("ours") as ours, arena("theirs") as theirs:
        arenas = {"ours": ours, "theirs": theirs}
        for units, turns in SIZES:
            figures = {"ours": Figures(), "theirs": Figures()}
            for side in turns:
                measure(arenas[side], units, figures[side])
            found += compare(units, figures["ours"], figures["theirs"])
        what = f"{VIEWERS:,} viewers: server memory a viewer"
        row = ratio_row(what, "kB", ours.viewer_kb, PEER, theirs.viewer_kb, 2.0, less=True)
        return [*found, row]


def compare(units: int, ours: Figures, theirs: Figures) -> list[Row]:
    size = len(board(units, 1)) / 1000
    what = f"{VIEWERS:,} viewers, {size:.1f} kB x {BOARDS_A_SECOND}/s"
    for side, figures in (("push", ours), (PEER, theirs)):
        print(
            f"{what}, {side}: CPU {shown(figures.cpu_us)} us, p99 {shown(figures.p99_ms)} ms, "
            f"{median(figures.arrived):.1%} arrived (the rest gave way to newer boards); "
            f"the viewers' own process took {median(figures.viewers_us):.1f} us a message",
            file=sys.stderr,
        )
    return [
        ratio_row(f"{what}: {figure}", unit, median(a), PEER, median(b), at_least, less=True)
        for figure, unit, a, b, at_least in (
            ("server CPU a message", "us", ours.cpu_us, theirs.cpu_us, 1.3),
            ("p99 log -> viewer", "ms", ours.p99_ms, theirs.p99_ms, 1.0),
        )
    ]


def shown(figures: list[float]) -> str:
    return " ".join(f"{figure:.1f}" for figure in figures)


@contextmanager
def arena(side: str) -> Iterator[Arena]:
    """Start a broker, a server that follows it, and its viewers; servers share a processor."""
    with embedded_broker() as kafka:
        asyncio.run(ensure_topics(kafka))
        port = free_port()
        module = "bench.push" if side == "ours" else "bench.peers.broadcast_push"
        with process(module, kafka.bootstrap, str(port), cpu=0) as server:
            await_port(port, server)
            asyncio.run(feed(kafka, SIZES[0][0], 1.0))
            before = psutil.Process(server.pid).memory_info().rss
            with process("bench.viewers", str(port), str(VIEWERS), CHANNEL, cpu=1) as viewers:
                assert answer(viewers) == b"ready\n"
                await_all(viewers, asyncio.run(feed(kafka, SIZES[0][0], 1.0))[1])
                after = psutil.Process(server.pid).memory_info().rss
                yield Arena(kafka, server, viewers, (after - before) / VIEWERS / 1000)


def measure(place: Arena, units: int, figures: Figures) -> None:
    """One turn: boards for some seconds."""
    say(place.viewers, b"start\n")
    cpu_s = used_cpu_s(place.server)
    sent, newest = asyncio.run(feed(place.kafka, units, MEASURED_S))
    await_all(place.viewers, newest)
    say(place.viewers, b"tell\n")
    seen = json.loads(answer(place.viewers))
    cpu_s = used_cpu_s(place.server) - cpu_s
    ages_us = sorted(seen["ages_us"])
    figures.cpu_us.append(cpu_s / len(ages_us) * 1e6)
    figures.viewers_us.append(seen["cpu_s"] / len(ages_us) * 1e6)
    figures.p99_ms.append(ages_us[int(len(ages_us) * 0.99)] / 1000)
    figures.arrived.append(len(ages_us) / sent / VIEWERS)


def await_all(viewers: subprocess.Popen[bytes], newest: int) -> None:
    """Wait until every viewer has seen a board."""
    deadline = time.monotonic() + 30
    seen = 0
    while seen < VIEWERS:
        assert time.monotonic() < deadline, f"only {seen} viewers saw the newest board"
        time.sleep(0.1)
        say(viewers, b"count %d\n" % newest)
        seen = int(answer(viewers))


async def feed(kafka: KafkaAddress, units: int, seconds: float) -> tuple[int, int]:
    """Write boards to the log at their pace; returns how many, and the last one's number."""
    producer = AIOKafkaProducer(**kafka.producer_options())
    await producer.start()
    number = round(seconds * BOARDS_A_SECOND)
    began, seq = time.monotonic(), 0
    for n in range(number):
        await asyncio.sleep(began + n / BOARDS_A_SECOND - time.monotonic())
        seq = time.monotonic_ns() // 1000
        await producer.send_and_wait(str(Topic.BOARDS), board(units, seq), key=b"bench")
    await producer.stop()
    return number, seq


def board(units: int, seq: int) -> bytes:
    """A ranking of so many units, as the worker would write it."""
    ranked = [RankedUnit(f"department-{n:02}", n) for n in range(1, units + 1)]
    counts = {unit.id: [900 - unit.number, 700, 300 + unit.number, 40, 12] for unit in ranked}
    title = Text(zh="2026年度群众满意度测评", en="Citizens' satisfaction 2026")
    definition = RoundTally(
        round=ROUND,
        broadcast="county-2026",
        title=title,
        units=ranked,
        formula=SATISFACTION_V1,
        minimum_ballots=30,
        accepts=["web"],
        status="open",
        closes_at=None,
        final_positions=None,
        incarnation=1,
        position=9,
        at=0,
    )
    return encode(
        Board(
            board=f"satisfaction:{ROUND}",
            seq=seq,
            as_of=time.time_ns() // 1_000_000,
            status="live",
            formula=FormulaRef("satisfaction", 1),
            positions={
                "votes": {str(n): 12_000 + n for n in range(8)},
                "broadcasts": {"0": 9},
            },
            rows=rows(definition, counts),
            round=ROUND,
            broadcast="county-2026",
            title=title,
            minimum_ballots=30,
        )
    )


@contextmanager
def process(*module: str, cpu: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a module on a processor of its own, where there are two."""
    command = [sys.executable, "-m", *module]
    running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    if hasattr(os, "sched_setaffinity") and len(cpus := sorted(os.sched_getaffinity(0))) > 1:
        os.sched_setaffinity(running.pid, {cpus[cpu]})
    try:
        yield running
    finally:
        running.kill()
        running.communicate()


def say(running: subprocess.Popen[bytes], word: bytes) -> None:
    assert running.stdin is not None
    running.stdin.write(word)
    running.stdin.flush()


def answer(running: subprocess.Popen[bytes]) -> bytes:
    assert running.stdout is not None
    return running.stdout.readline()


def used_cpu_s(server: subprocess.Popen[bytes]) -> float:
    times = psutil.Process(server.pid).cpu_times()
    return times.user + times.system


async def main(bootstrap: str, port: int) -> None:
    """Ours, as a process."""
    config = PushConfig("127.0.0.1", port, KafkaAddress(bootstrap), b"x" * 32)
    collect_seldom()
    await serve(config, asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
