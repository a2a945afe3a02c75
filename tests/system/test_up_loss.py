"""What a kill -9 of the embedded broker loses: acknowledged, and not yet archived."""

import asyncio
import json
import secrets
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest

from tests.support.partner import signed
from tests.support.system import COUNTY, PARTNER_SECRET, System, running_system

ROUND = "satisfaction-2026"
LOAD_S = 6.0
MOST_LOST_S = 0.5

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]


class Acks:
    """When each ballot was acknowledged; a ballot is known by its own time, which no other has."""

    def __init__(self) -> None:
        self.times = iter(range(int(time.time() * 1000) - 1, 0, -1))
        self.at: dict[int, float] = {}

    async def vote(self, http: aiohttp.ClientSession, url: str, unit: str, stop: float) -> None:
        times: Iterator[int] = self.times
        while time.monotonic() < stop:
            own = [next(times) for _ in range(5)]
            body = json.dumps(
                [
                    {
                        "round": ROUND,
                        "unit": unit,
                        "choice": "satisfied",
                        "voter": f"v{at}",
                        "voted_at": at,
                    }
                    for at in own
                ]
            ).encode()
            headers = signed(PARTNER_SECRET, "app", body, secrets.token_hex(8), time.time())
            with suppress(aiohttp.ClientError, TimeoutError, OSError):
                async with http.post(f"{url}/votes", data=body, headers=headers) as answer:
                    if answer.status == 200:
                        self.at |= dict.fromkeys(own, time.monotonic())
            await asyncio.sleep(0.01)


def archived(system: System) -> set[int]:
    query = f"SELECT toUnixTimestamp64Milli(created_at) FROM tribune.votes WHERE round = '{ROUND}'"
    request = urllib.request.Request(system.url("clickhouse"), data=query.encode())
    with urllib.request.urlopen(request, timeout=30) as answer:
        return {int(line) for line in answer.read().split()}


def first_unit(system: System) -> str:
    with urllib.request.urlopen(f"{system.url('console')}/api/broadcasts/county-2026") as answer:
        document = json.load(answer)
    return (document.get("units") or document["broadcast"]["units"])[0]["id"]


async def test_a_kill_of_the_embedded_broker_loses_less_than_half_a_second_of_acks(
    tmp_path: Path,
) -> None:
    with running_system(tmp_path) as system:
        system.tribune("load", str(COUNTY))
        system.tribune("round", "open", ROUND)
        acks, unit, url = Acks(), first_unit(system), system.url("gateway")
        async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as group:
            for _ in range(8):
                group.create_task(acks.vote(http, url, unit, time.monotonic() + LOAD_S))
            await asyncio.sleep(LOAD_S - 1)
            system.kill("broker")
            killed = time.monotonic()
        while system.log().count("everything is up") < 2:
            await asyncio.sleep(0.2)
        kept = archived(system)
        lost = [at for own, at in acks.at.items() if own not in kept]
        lost_s = max((killed - at for at in lost), default=0.0)
        print(
            f"\n{len(acks.at):,} acked, {len(lost):,} of them lost, "
            f"the oldest {lost_s * 1000:.0f} ms before the kill"
        )
        assert len(acks.at) > 500
        assert lost_s < MOST_LOST_S
