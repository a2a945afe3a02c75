"""From a vote's 200 to the first board on a WebSocket client that counts it, under half load.

The whole system runs as `tribune up` starts it. How many votes a second it takes is measured first,
as fast as the load client's connections go; then half as many come at an even pace, and beside
them probes: votes on units that nobody else votes on, so the board that counts one is known.
"""

import asyncio
import json
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import median

import aiohttp
import orjson
from websockets.asyncio.client import connect

from bench.pace import PARTNER, windows
from bench.progress import progress
from bench.table import Row, bound_row
from bench.voters import run_voters
from tests.support.partner import signed
from tests.support.system import COUNTY, PARTNER_SECRET, System, running_system

ROUND = "satisfaction-2026"
CHANNEL = f"board:satisfaction:{ROUND}"
PROBED = ("hekou", "shiqiao", "baiyang", "liulin", "gudu", "nanxi", "dongshan", "longquan")
VOTED_ON = ("housing", "education", "health", "transport", "water", "culture", "chengguan")
BURST, CONNECTIONS = 15_000, 64  # a few seconds of all that it takes, to know the half of it
WARM_UP_S, MEASURED_S = 3.0, 30.0
BOUND_P50_MS, BOUND_P99_MS = 250, 500  # promised


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
    progress(f"{burst.per_second:,.0f} votes/s at most; now {half:,}/s for {MEASURED_S:.0f} s")
    seconds = WARM_UP_S + MEASURED_S
    voters = asyncio.create_task(asyncio.to_thread(vote_evenly, port, half, seconds))
    await asyncio.sleep(WARM_UP_S)
    ends = time.monotonic() + MEASURED_S
    probes = await asyncio.gather(*(probe(system, screen, unit, ends) for unit in PROBED))
    came = await voters
    watching.cancel()
    ages_ms = sorted(age for each in probes for age in each)
    progress(f"answered {came}; {len(ages_ms)} probes, up to {ages_ms[-1]:,.0f} ms")
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


def vote_evenly(port: int, per_second: int, seconds: float) -> dict[str, int]:
    """Half the load; the answers' statuses."""
    [whole] = windows(port, per_second, seconds, seconds, ROUND, *VOTED_ON)
    return whole.statuses
