"""A worker is killed (-9) in the middle of an evening, again and again: how soon it is back.

The whole system runs as `tribune up` starts it, and votes come by HTTP all the time. At each kill
an operator presses (by the console's API), and a screen waits for a board that counts all that was
cast up to a moment after it: both are timed from the signal on.
"""

import asyncio
import json
import os
import random
import statistics
import sys
import tempfile
import time
from argparse import Namespace
from base64 import b64decode
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition
from websockets.asyncio.client import ClientConnection, connect

from bench.ballots import EVENING, ROUND, ballots, fill
from bench.go import DAY
from bench.other_takes_over import measure as measure_two
from bench.table import Row, bound_row
from bench.voters import signed_vote
from schemas.ballots import encode_frame
from schemas.topics import VOTE_PARTITIONS, Topic
from tests.support.system import COUNTY, PARTNER_SECRET, System, running_system

KILLS = int(os.environ.get("TRIBUNE_TEST_KILLS", "30"))
SIZES = ((100_000, 2.0, 1.0), (1_000_000, 3.5, 0.3))
"""Ballots in the log before the first kill; the bound (s) of the board; the share of the kills."""
PRESS_WITHIN_S = 1.5  # promised: below the 2 s after which a Go is refused
VOTES_A_SECOND, VOTERS = 200, 4  # every board that is said counts some that are new
CALM_S = (5.0, 6.0)  # its spare is loaded by then, and its death is no failed start any more
UNCOUNTED_S = 0.1  # so long votes come in that the worker that was killed cannot have counted
WITHIN_S = 60.0  # only ends a run that is stuck
FRAME = 50  # as the fold's (bench.fold)
UNITS = ("housing", "water")
COMMANDS = "/api/broadcasts/day/commands"
BOARD = f"board:satisfaction:{ROUND}"


def run() -> list[Row]:
    """Two rows a size, and one for two workers."""
    rows: list[Row] = []
    for size, bound_s, share in SIZES:
        kills = max(1, round(KILLS * share))
        with tempfile.TemporaryDirectory() as folder:
            more = {"limits": "per_partner_per_second = 1000000"}
            with running_system(Path(folder), **more) as system:
                taken = asyncio.run(_drive(system, size, kills))
        rows += _rows(size, bound_s, taken)
    return [*rows, measure_two()]


def _rows(size: int, bound_s: float, taken: list[tuple[float, float]]) -> list[Row]:
    presses, boards = (sorted(times) for times in zip(*taken, strict=True))
    for what, times in (("press answered", presses), ("board moved", boards)):
        shown = f"p50 {statistics.median(times):.2f} s, p99 {_p99(times):.2f} s"
        print(f"takeover, {size:,} ballots, {what}: {shown}", file=sys.stderr)
    what = f"worker killed (-9) at {size:,} ballots, {len(taken)} times"
    return [
        bound_row(f"{what} -> press answered: p99", "s", _p99(presses), PRESS_WITHIN_S),
        bound_row("  -> board counts all again: p99", "s", _p99(boards), bound_s),
    ]


def _p99(times: list[float]) -> float:
    return times[len(times) * 99 // 100]


async def _drive(system: System, size: int, kills: int) -> list[tuple[float, float]]:
    """Kill so many workers; the seconds to the press and to the board of each."""
    system.tribune("load", str(COUNTY))
    system.tribune("round", "open", ROUND)
    await asyncio.to_thread(_fill, system, size)
    headers = {"Authorization": f"Bearer {system.token('operator')}"}
    taken: list[tuple[float, float]] = []
    async with AsyncExitStack() as stack:
        console = await stack.enter_async_context(
            httpx.AsyncClient(base_url=system.url("console"), headers=headers, timeout=WITHIN_S)
        )
        loaded = await console.post("/api/broadcasts", content=json.dumps(DAY))
        assert loaded.status_code == 201, loaded.text
        desk, screen = [await stack.enter_async_context(connect(system.live)) for _ in range(2)]
        await desk.send(json.dumps({"subscribe": ["session:day"]}))
        await screen.send(json.dumps({"subscribe": [BOARD]}))
        ends = await stack.enter_async_context(Ends(system))
        voting = asyncio.create_task(_vote(system))
        stack.callback(voting.cancel)
        await _press(console, desk, "start_presentation")
        for number in range(kills):
            await asyncio.to_thread(system.await_ready, "worker")
            await asyncio.sleep(random.uniform(*CALM_S))
            taken.append(await _kill(system, console, desk, screen, ends, number))
            print(f"{taken[-1][0]:.2f}/{taken[-1][1]:.2f}", end=" ", file=sys.stderr, flush=True)
    return taken


async def _kill(
    system: System,
    console: httpx.AsyncClient,
    desk: ClientConnection,
    screen: ClientConnection,
    ends: "Ends",
    number: int,
) -> tuple[float, float]:
    began = time.perf_counter()
    system.kill("worker")
    command = ("pause_presentation", "resume_presentation")[number % 2]
    answered, moved = await asyncio.gather(_press(console, desk, command), _moves(screen, ends))
    return answered - began, moved - began


async def _press(console: httpx.AsyncClient, desk: ClientConnection, command: str) -> float:
    """Have a command followed; when. A press that is not answered in time is pressed again."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            answer = await console.post(COMMANDS, json={"command": command})
            if answer.status_code == 200:
                break
            print(f"[{command}: {answer.status_code}]", end=" ", file=sys.stderr)
    at = time.perf_counter()
    playback = "paused" if command.startswith("pause") else "running"
    await _until(desk, lambda session: session.get("playback") == playback)
    return at


async def _moves(screen: ClientConnection, ends: "Ends") -> float:
    """Wait for a board that counts what nobody counted before the kill; when."""
    await asyncio.sleep(UNCOUNTED_S)
    wanted = await ends.now()

    def counts_all(board: dict[str, Any]) -> bool:
        votes = board["positions"]["votes"]
        return all(votes[str(number)] >= end for number, end in wanted.items())

    await _until(screen, counts_all)
    return time.perf_counter()


async def _until(viewer: ClientConnection, is_it: Any) -> None:
    async with asyncio.timeout(WITHIN_S):
        while True:
            data = json.loads(await viewer.recv()).get("data")
            if data and is_it(data):
                return


class Ends:
    """Where `votes` ends."""

    def __init__(self, system: System) -> None:
        self._consumer = AIOKafkaConsumer(**system.kafka().client_options())
        self._places = [TopicPartition(Topic.VOTES, number) for number in range(VOTE_PARTITIONS)]

    async def __aenter__(self) -> "Ends":
        await self._consumer.start()
        await self.now()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def now(self) -> dict[int, int]:
        """The next offset of each partition."""
        ends = await self._consumer.end_offsets(self._places)
        return {place.partition: end for place, end in ends.items()}


def _fill(system: System, size: int) -> None:
    """Ballots as the gateway would have written them."""

    def frames() -> Any:
        source = (one._replace(unit=UNITS[one.voter % 2]) for one in ballots(size))
        for number in range(size // FRAME):
            rows = [next(source) for _ in range(FRAME)]
            yield number % VOTE_PARTITIONS, encode_frame(EVENING, rows)

    fill(system.kafka("gateway"), frames(), is_new=False)


async def _vote(system: System) -> None:
    """Votes at a steady pace, for good."""
    await asyncio.gather(*(_one_voter(system, number) for number in range(VOTERS)))


async def _one_voter(system: System, voter: int) -> None:
    secret = b64decode(PARTNER_SECRET.removeprefix("whsec_"))
    options = Namespace(partner="app", round=ROUND, units=UNITS, seed=f"{voter}-{time.time_ns()}")
    reader, writer = await asyncio.open_connection("127.0.0.1", system.ports["gateway"])
    loop, number = asyncio.get_running_loop(), 0
    due = loop.time()
    while True:
        writer.write(signed_vote(options, secret, number, int(time.time())))
        head = await reader.readuntil(b"\r\n\r\n")
        assert b" 200 " in head.splitlines()[0], head
        await reader.readexactly(int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0]))
        number, due = number + 1, due + VOTERS / VOTES_A_SECOND
        await asyncio.sleep(max(0.0, due - loop.time()))
