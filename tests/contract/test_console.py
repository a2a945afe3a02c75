"""The console writes its facts and reads them back on every broker, also after an outage."""

import asyncio
import signal
from itertools import count
from pathlib import Path

import pytest

from schemas.addresses import KafkaAddress
from schemas.topics import Topic
from tests.support.console import Checked, messages, running_console
from tests.support.kafka import real_kafka

NUMBERS = count(1)
FILE = """
id: console{n}
title: {{en: Console}}
units:
  - {{id: water-{n}, number: 1, kind: department, name: {{en: Water}}}}
rounds:
  - {{id: happy-{n}, title: {{en: How happy}}}}
"""


async def evening(console: Checked, n: int) -> list[str]:
    steps = [
        await console.post("/api/broadcasts", content=FILE.format(n=n)),
        await console.post("/api/broadcasts", content=FILE.format(n=n)),
        await console.post(f"/api/rounds/happy-{n}/open"),
        await console.post(f"/api/rounds/happy-{n}/close"),
    ]
    assert [step.status_code for step in steps] == [201, 200, 200, 200]
    rounds = (await console.get("/api/rounds")).json()
    return [found["status"] for found in rounds if found["id"] == f"happy-{n}"]


async def test_an_evening_is_written_once_and_read_back_at_once(address: KafkaAddress) -> None:
    n = next(NUMBERS)
    async with running_console(address) as console:
        assert await evening(console, n) == ["closed"]
    written = [
        fact["type"]
        for fact in await messages(address, Topic.BROADCASTS)
        if str(n) in str(fact.get("round", "")) + fact.get("broadcast", {}).get("id", "")
    ]
    assert written == ["broadcast_loaded", "round_opened", "round_closed"]


@pytest.mark.kafka
async def test_a_console_outlives_an_outage_of_the_log(tmp_path: Path) -> None:
    with real_kafka(tmp_path) as kafka:
        async with running_console(kafka.address) as console:
            assert await evening(console, 1) == ["closed"]
            kafka.nodes[0].end(signal.SIGTERM)
            while (await console.get("/healthz")).status_code == 200:
                await asyncio.sleep(0.1)
            assert (await console.post("/api/rounds/happy-1/open")).status_code == 503
            kafka.nodes[0].start()
            await asyncio.to_thread(kafka.nodes[0].await_ready)
            while (await console.get("/healthz")).status_code != 200:
                await asyncio.sleep(0.1)
            assert (await console.post("/api/rounds/happy-1/open")).status_code == 200
            assert await evening(console, 2) == ["closed"]
