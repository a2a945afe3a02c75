"""From a vote's 200 to the first board on a WebSocket client that counts it, under half load.

The whole system runs as `tribune up` starts it. How many votes a second it takes is measured first,
as fast as the load client's connections go; then half as many come at an even pace, and beside
them probes: votes on units that nobody else votes on, so the board that counts one is known.
"""

import argparse
import asyncio
import base64
import json
import random
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import median

import aiohttp
import orjson
from websockets.asyncio.client import connect

from bench.table import Row, bound_row
from bench.voters import run_voters, signed_vote
from tests.support.partner import signed
from tests.support.system import COUNTY, PARTNER_SECRET, System, running_system

ROUND = "satisfaction-2026"
PARTNER = "app"
CHANNEL = f"board:satisfaction:{ROUND}"
PROBED = ("hekou", "shiqiao", "baiyang", "liulin", "gudu", "nanxi", "dongshan", "longquan")
VOTED_ON = ("housing", "education", "health", "transport", "water", "culture", "chengguan")
BURST, CONNECTIONS = 15_000, 64
WARM_UP_S, MEASURED_S = 3.0, 30.0
BOUND_P50_MS, BOUND_P99_MS = 250, 500


def run() -> list[Row]:
    """Measure once, on a system of its own."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_system(Path(folder), limits="per_partner_per_second = 1000000") as system,
    ):
        system.tribune("load", str(COUNTY))
        system.tribune("round", "open", ROUND)
        ages_ms = asyncio.run(measure(system))
    what = "vote accepted -> on a WebSocket client's screen, half load"
    return [
        bound_row(f"{what}: p50", "ms", median(ages_ms), BOUND_P50_MS),
        bound_row(f"{what}: p99", "ms", ages_ms[len(ages_ms) * 99 // 100], BOUND_P99_MS),
    ]


async def measure(system: System) -> list[float]:
    """The age, in ms, at which each probe was on the screen; sorted."""
    screen = Screen()
    watching = asyncio.create_task(screen.watch(system.live))
    port = system.ports["gateway"]
    more = ("--partner", PARTNER, "--round", ROUND, "--units", *VOTED_ON)
    args = (port, PARTNER_SECRET, BURST, CONNECTIONS, *more)
    burst = await asyncio.to_thread(run_voters, *args)
    assert burst.accepted == BURST, burst.statuses
    await screen.until(lambda counts: sum(counts.values()) >= burst.accepted)
    half = round(burst.per_second / 2)
    command = [sys.executable, "-m", "bench.screen", str(port), str(half)]
    command += [str(WARM_UP_S + MEASURED_S)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as voters:
        await asyncio.sleep(WARM_UP_S)
        ends = time.monotonic() + MEASURED_S
        probes = await asyncio.gather(*(probe(system, screen, unit, ends) for unit in PROBED))
        assert voters.stdout is not None
        came = json.loads(voters.stdout.read())
    watching.cancel()
    ages_ms = sorted(age for each in probes for age in each)
    print(
        f"screen: {burst.per_second:,.0f} votes/s at most; {half:,}/s offered, answered {came}; "
        f"{len(ages_ms)} probes, up to {ages_ms[-1]:,.0f} ms",
        file=sys.stderr,
    )
    return ages_ms


class Screen:
    """What a viewer sees: of each unit, the ballots on the newest board."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.at = 0.0
        self.changed = asyncio.Condition()

    async def watch(self, live: str) -> None:
        async with connect(live) as connection:
            await connection.send(json.dumps({"subscribe": [CHANNEL]}))
            async for message in connection:
                at = time.monotonic()
                board = orjson.loads(message).get("data")
                if board is None:
                    continue
                async with self.changed:
                    self.at = at
                    self.counts = Counter({row["unit"]: row["ballots"] for row in board["rows"]})
                    self.changed.notify_all()

    async def until(self, shows: Callable[[Counter[str]], bool]) -> float:
        """When the board came that shows it (monotonic seconds)."""
        async with asyncio.timeout(60), self.changed:
            await self.changed.wait_for(lambda: shows(self.counts))
            return self.at


async def probe(system: System, screen: Screen, unit: str, ends: float) -> list[float]:
    """Vote on a unit again and again; how long each vote took to the screen, in ms."""
    chance, ages_ms = random.Random(unit), []
    async with aiohttp.ClientSession() as http:
        while time.monotonic() < ends:
            await asyncio.sleep(chance.uniform(0.05, 0.4))
            wanted = len(ages_ms) + 1
            await vote(http, system.url("gateway"), unit, wanted)
            accepted = time.monotonic()
            shown = await screen.until(lambda counts, wanted=wanted: counts[unit] >= wanted)
            ages_ms.append(max(shown - accepted, 0.0) * 1000)
    return ages_ms


async def vote(http: aiohttp.ClientSession, url: str, unit: str, number: int) -> None:
    voter = f"probe-{unit}-{number}"
    ballot = {"round": ROUND, "unit": unit, "choice": "satisfied", "voter": voter}
    body = json.dumps(ballot).encode()
    headers = signed(PARTNER_SECRET, PARTNER, body, f"msg_{voter}", time.time())
    async with http.post(f"{url}/votes", data=body, headers=headers) as answer:
        assert answer.status == 200, await answer.text()


def load(port: int, per_second: int, seconds: float) -> dict[str, int]:
    """Send votes at an even pace over keep-alive connections; the answers' statuses."""
    options = argparse.Namespace(units=VOTED_ON, round=ROUND, partner=PARTNER, seed=time.time_ns())
    secret = base64.b64decode(PARTNER_SECRET.removeprefix("whsec_"))
    stamp, number = int(time.time()), round(per_second * seconds)
    requests = (signed_vote(options, secret, n, stamp) for n in range(number))
    poll, free, statuses = selectors.DefaultSelector(), [], Counter[str]()
    for _ in range(CONNECTIONS):
        link = socket.create_connection(("127.0.0.1", port))
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        poll.register(link, selectors.EVENT_READ)
        free.append(link)
    began, sent = time.monotonic(), 0
    while (elapsed := time.monotonic() - began) < seconds:
        while free and sent < per_second * elapsed:
            free.pop().sendall(next(requests))
            sent += 1
        for key, _ in poll.select((sent + 1) / per_second - elapsed if free else 1):
            link = key.fileobj
            assert isinstance(link, socket.socket)
            statuses[link.recv(65_536)[9:12].decode() or "closed"] += 1
            free.append(link)
    return dict(statuses)


if __name__ == "__main__":
    print(json.dumps(load(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))))
