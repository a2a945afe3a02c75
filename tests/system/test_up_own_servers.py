"""`tribune up` with a Kafka and a ClickHouse of one's own: the same roles, nothing embedded."""

import asyncio
import json
import time
import urllib.error
import urllib.request
from pathlib import Path

import aiohttp
import pytest

from tests.support.clickhouse import embedded_clickhouse
from tests.support.kafka import real_kafka
from tests.support.partner import Partner
from tests.support.system import COUNTY, PARTNER_SECRET, System, running_system

ROUND = "satisfaction-2026"

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]


def shown(system: System) -> tuple[int, int]:
    """Ballots on the board, and its number."""
    url = f"{system.url('console')}/api/boards/satisfaction:{ROUND}"
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            board = json.load(answer)
    except urllib.error.HTTPError as error:
        assert error.code == 404
        return 0, 0
    return sum(row["ballots"] for row in board["rows"]), board["seq"]


async def await_ballots(system: System, wanted: int) -> int:
    deadline = time.monotonic() + 30
    while (found := await asyncio.to_thread(shown, system))[0] != wanted:
        assert time.monotonic() < deadline, f"{found[0]} of {wanted} ballots on the board"
        await asyncio.sleep(0.1)
    return found[1]


@pytest.mark.long("servers of its own, and two lives of all roles on them")
async def test_with_own_servers_nothing_embedded_runs_and_the_next_start_goes_on(
    tmp_path: Path,
) -> None:
    with (
        real_kafka(tmp_path / "kafka") as kafka,
        embedded_clickhouse(tmp_path / "clickhouse") as clickhouse,
    ):
        own = {
            "kafka": f'bootstrap = "{kafka.address.bootstrap}"',
            "clickhouse": f'url = "{clickhouse.address.url}"',
            "secrets": 'key = "the same on every machine"',
        }
        voters = 40
        folder = tmp_path / "up"
        folder.mkdir()
        with running_system(folder, **own) as system:
            system.tribune("load", str(COUNTY))
            system.tribune("round", "open", ROUND)
            partner = Partner(system.url("gateway"), PARTNER_SECRET)
            async with aiohttp.ClientSession() as http:
                await partner.vote(http, ROUND, ["housing"], voters, 1_000_000)
            seq = await await_ballots(system, voters)
            run_dir = folder / "data" / "run"
            assert not (run_dir / "broker.pid").exists()
            assert not (run_dir / "clickhouse.pid").exists()
        assert not (folder / "data" / "secret.key").exists()
        with running_system(folder) as system:
            assert await await_ballots(system, voters) == seq
            assert "log: Kafka at" in system.tribune("doctor")
            assert "equal" in system.tribune("reconcile")
