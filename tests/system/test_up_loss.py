"""What kills of the embedded broker lose: nothing that was acknowledged; the roles go on."""

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
from tests.support.system import COUNTY, PARTNER_SECRET, SERVED, System, running_system

ROUND = "satisfaction-2026"
LOAD_S = 30.0
KILLS = 3

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


@pytest.mark.long("votes for half a minute, with kills in it")
async def test_a_kill_of_the_embedded_broker_loses_nothing_that_was_acknowledged(
    tmp_path: Path,
) -> None:
    with running_system(tmp_path) as system:
        system.tribune("load", str(COUNTY))
        system.tribune("round", "open", ROUND)
        acks, unit, url = Acks(), first_unit(system), system.url("gateway")
        roles = {role: system.pid(role) for role in SERVED}
        async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as group:
            for _ in range(8):
                group.create_task(acks.vote(http, url, unit, time.monotonic() + LOAD_S))
            for _ in range(KILLS):
                await asyncio.sleep(LOAD_S / (KILLS + 1))
                await asyncio.to_thread(system.kill, "broker")
        deadline = time.monotonic() + 60
        while lost := set(acks.at) - await asyncio.to_thread(archived, system):
            assert time.monotonic() < deadline, f"{len(lost)} of {len(acks.at)} acked are lost"
            await asyncio.sleep(0.2)
        assert len(acks.at) > 500
        assert {role: system.pid(role) for role in SERVED} == roles
