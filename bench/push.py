"""5,000 viewers of one push process, beside three others, in turns in one run.

Ours and `websockets.broadcast` follow a log; Bun and the bare loop of `write()` are handed the same
boards. All servers share one processor, all viewers the other, and only one pair works at a time.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import psutil
from aiokafka import AIOKafkaProducer

from bench.boards import CHANNEL, board
from bench.peers.bun import VERSION, bun_program
from bench.progress import progress
from bench.table import Row, bound_row, note_row, ratio_row
from schemas.addresses import KafkaAddress
from schemas.topics import Topic
from streams.log.kafka import KafkaLog
from streams.log.topics import ensure_topics
from streams.push.config import PushConfig
from streams.push.serve import serve
from tests.support.broker import await_port, embedded_broker
from tests.support.ports import free_port
from tribune.lean import collect_seldom

VIEWERS = 5_000  # as all peers were measured (decisions/0009, 0033)
BOARDS_A_SECOND = 4  # near the five that the rankings agent says at most
MEASURED_S = 3.0  # 60,000 messages a turn; the turns alternate, so none may be long
SMALL, COUNTY = 6, 36  # units on a board: 1.7 kB and 7 kB
ROUNDS = {SMALL: 5, COUNTY: 3}
OURS, IDIOM, BUN, BARE = "push", "websockets.broadcast", f"Bun {VERSION}", "a bare write()"
# What is promised beside each of CPU a message. The last two are no idioms but floors, who follow
# no log, and (the last) ping nobody: a server in C++, and what the kernel alone takes.
AT_LEAST = {IDIOM: 1.4, BUN: 0.7, BARE: 0.7}
AT_MOST_US = 10.0
BUN_SERVER = Path(__file__).parent / "peers" / "bun_push.js"

Tell = Callable[[bytes], Awaitable[object]]
Server = subprocess.Popen[bytes]


@dataclass(slots=True)
class Figures:
    """What one server was seen to do, turn by turn."""

    cpu_us: list[float] = field(default_factory=list)
    p99_ms: list[float] = field(default_factory=list)
    viewers_us: list[float] = field(default_factory=list)
    arrived: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Arena:
    """A server, its viewers, and the way by which it is told boards."""

    server: Server
    viewers: subprocess.Popen[bytes]
    telling: Callable[[], AbstractAsyncContextManager[Tell]]
    viewer_kb: float = 0.0


def run() -> list[Row]:
    """Measure all servers in turn, with a small board and with a county's; medians of turns."""
    with ExitStack() as stack:
        arenas = {
            OURS: stack.enter_context(on_a_log("bench.push")),
            IDIOM: stack.enter_context(on_a_log("bench.peers.broadcast_push")),
            BARE: stack.enter_context(on_a_pipe(sys.executable, "-m", "bench.peers.bare_push")),
        }
        if (bun := bun_program()) is not None:
            arenas[BUN] = stack.enter_context(on_a_pipe(str(bun), str(BUN_SERVER)))
        found = [row for units in ROUNDS for row in compare(units, measure(arenas, units))]
        memory = [arenas[name].viewer_kb for name in (OURS, IDIOM)]
    what = f"{VIEWERS:,} viewers: server memory a viewer"
    centrifugo = "Centrifugo 6.9 (Go), once seen where Bun took 9 us"
    return [
        *found,
        ratio_row(what, "kB", memory[0], IDIOM, memory[1], 2.0, less=True),
        note_row(f"{VIEWERS:,} viewers: server CPU a message", centrifugo, "16 us"),
    ]


def measure(arenas: dict[str, Arena], units: int) -> dict[str, Figures]:
    """All in turn, forwards and backwards."""
    found = {name: Figures() for name in arenas}
    for turn in range(ROUNDS[units]):
        for name in list(arenas)[:: 1 if turn % 2 else -1]:
            one_turn(arenas[name], units, found[name])
        costs = ", ".join(f"{name} {each.cpu_us[-1]:.1f}" for name, each in found.items())
        progress(f"{units} units, turn {turn + 1} of {ROUNDS[units]}, CPU us a message: {costs}")
    return found


def compare(units: int, found: dict[str, Figures]) -> list[Row]:
    """Our CPU against a bound and against each of the others; our delay against the idiom's."""
    size = len(board(units, 1)) / 1000
    what = f"{VIEWERS:,} viewers, {size:.1f} kB x {BOARDS_A_SECOND}/s"
    for name, figures in found.items():
        progress(
            f"{what}, {name}: CPU {shown(figures.cpu_us)} us, p99 {shown(figures.p99_ms)} ms, "
            f"{median(figures.arrived):.1%} arrived (the rest gave way to newer boards); "
            f"the viewers' own process took {median(figures.viewers_us):.1f} us a message"
        )
    ours = found.pop(OURS)
    cost = f"{what}: server CPU a message"
    rows = [bound_row(cost, "us", median(ours.cpu_us), AT_MOST_US)] if units == SMALL else []
    for name, theirs in found.items():
        a, b = median(ours.cpu_us), median(theirs.cpu_us)
        rows.append(ratio_row(cost, "us", a, name, b, AT_LEAST[name], less=True))
    a, b = median(ours.p99_ms), median(found[IDIOM].p99_ms)
    return [*rows, ratio_row(f"{what}: p99 log -> viewer", "ms", a, IDIOM, b, 1.0, less=True)]


def shown(figures: list[float]) -> str:
    return " ".join(f"{figure:.1f}" for figure in figures)


@contextmanager
def on_a_log(module: str) -> Iterator[Arena]:
    """A server that follows a log of its own."""
    with embedded_broker() as kafka:
        asyncio.run(ensure_topics(KafkaLog(kafka)))
        port = free_port()
        command = (sys.executable, "-m", module, kafka.bootstrap, str(port))
        with (
            process(*command, cpu=0) as server,
            viewed(module, server, port, lambda: writing(kafka)) as arena,
        ):
            yield arena


@contextmanager
def on_a_pipe(*command: str) -> Iterator[Arena]:
    """A server that reads boards from its standard input."""
    port = free_port()
    with process(*command, str(port), cpu=0) as server:

        @asynccontextmanager
        async def handing() -> AsyncIterator[Tell]:
            async def tell(text: bytes) -> None:
                say(server, text + b"\n")

            yield tell

        with viewed(command[-1], server, port, handing) as arena:
            yield arena


@asynccontextmanager
async def writing(kafka: KafkaAddress) -> AsyncIterator[Tell]:
    """Write boards to a log."""
    producer = AIOKafkaProducer(**kafka.producer_options())
    await producer.start()
    try:
        yield lambda text: producer.send_and_wait(str(Topic.BOARDS), text, key=b"bench")
    finally:
        await producer.stop()


@contextmanager
def viewed(
    name: str,
    server: Server,
    port: int,
    telling: Callable[[], AbstractAsyncContextManager[Tell]],
) -> Iterator[Arena]:
    """Give a server its viewers."""
    await_port(port, server)
    before = psutil.Process(server.pid).memory_info().rss
    command = (sys.executable, "-m", "bench.viewers", str(port), str(VIEWERS), CHANNEL)
    with process(*command, cpu=1) as viewers:
        assert answer(viewers) == b"ready\n"
        arena = Arena(server, viewers, telling)
        await_all(viewers, asyncio.run(feed(arena, SMALL, 1.0))[1])
        after = psutil.Process(server.pid).memory_info().rss
        arena.viewer_kb = (after - before) / VIEWERS / 1000
        progress(f"{VIEWERS:,} viewers of {name} are there")
        yield arena


def one_turn(place: Arena, units: int, figures: Figures) -> None:
    """Boards for some seconds."""
    say(place.viewers, b"start\n")
    cpu_s = used_cpu_s(place.server)
    sent, newest = asyncio.run(feed(place, units, MEASURED_S))
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


async def feed(arena: Arena, units: int, seconds: float) -> tuple[int, int]:
    """Tell a server boards at their pace; returns how many, and the last one's number."""
    number = round(seconds * BOARDS_A_SECOND)
    async with arena.telling() as tell:
        began, seq = time.monotonic(), 0
        for n in range(number):
            await asyncio.sleep(began + n / BOARDS_A_SECOND - time.monotonic())
            seq = time.monotonic_ns() // 1000
            await tell(board(units, seq))
    return number, seq


@contextmanager
def process(*command: str, cpu: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program on a processor of its own, where there are two."""
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
