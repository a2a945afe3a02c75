"""Any part but the embedded broker may die at any moment: no number changes."""

import asyncio
import json
import signal
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.support.partner import CHOICES, Partner, partner_load
from tests.support.system import COUNTY, PARTNER_SECRET, System, running_system

ROUND = "satisfaction-2026"
ROLES = ("gateway", "worker", "archive", "push", "console", "clickhouse")

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(400)]


def ask_clickhouse(system: System, query: str) -> str:
    request = urllib.request.Request(system.url("clickhouse"), data=query.encode())
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read().decode().strip()


def board(system: System) -> dict[str, Any]:
    """The console's newest board; one without rows while it has none, or does not answer."""
    url = f"{system.url('console')}/api/boards/satisfaction:{ROUND}"
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)
    except OSError:
        return {"rows": [], "status": "none"}


def counts(found: dict[str, Any]) -> dict[str, list[int]]:
    return {
        row["unit"]: [row["counts"][word] for word in CHOICES]
        for row in found["rows"]
        if row["counts"] is not None
    }


async def until(is_true: Any, within_s: float, what: str) -> None:
    deadline = time.monotonic() + within_s
    while not await asyncio.to_thread(is_true):
        assert time.monotonic() < deadline, f"not within {within_s} s: {what}"
        await asyncio.sleep(0.2)


def units_of_county(system: System) -> list[str]:
    with urllib.request.urlopen(f"{system.url('console')}/api/broadcasts/county-2026") as answer:
        document = json.load(answer)
    return [unit["id"] for unit in document.get("units") or document["broadcast"]["units"]]


@pytest.mark.long("every role dies once, and is back before the next does")
async def test_killing_each_role_under_load_changes_no_number(tmp_path: Path) -> None:
    with running_system(tmp_path) as system:
        system.tribune("load", str(COUNTY))
        system.tribune("round", "open", ROUND)
        units = units_of_county(system)
        partner, stop = Partner(system.url("gateway"), PARTNER_SECRET), asyncio.Event()
        load = asyncio.create_task(partner_load(partner, ROUND, units, stop))
        try:
            for role in ROLES:
                for sign in (signal.SIGKILL, signal.SIGTERM):
                    before = await asyncio.to_thread(system.kill, role, sign)
                    await until(lambda r=role, b=before: is_new(system, r, b), 40, f"{role} again")
                    await asyncio.to_thread(system.await_ready)
            await asyncio.to_thread(system.kill, "worker", signal.SIGSTOP)
            await asyncio.sleep(5)  # a suspended machine, for as long as the suspension is the test
            await asyncio.to_thread(system.kill, "worker", signal.SIGCONT)
        finally:
            stop.set()
            await load
        wanted = partner.expected()
        await until(lambda: counts(board(system)) == wanted, 40, "the board equals what was sent")
        system.tribune("round", "close", ROUND)
        await until(lambda: board(system)["status"] == "final", 40, "the board is final")
        assert counts(board(system)) == wanted
        rows = f"SELECT count() FROM tribune.votes_current WHERE round = '{ROUND}'"
        voters = str(len(partner.latest))
        await until(lambda: ask_clickhouse(system, rows) == voters, 40, "ClickHouse holds all")
        system.tribune("reconcile", ROUND)
        assert int(ask_clickhouse(system, "SELECT count() FROM tribune.dead_letters")) == 0


def is_new(system: System, role: str, before: int) -> bool:
    try:
        return system.pid(role) != before
    except (FileNotFoundError, ValueError):
        return False


@pytest.mark.long("two lives of everything, and 20,000 votes")
async def test_a_stop_and_a_start_go_on_with_the_same_numbers(tmp_path: Path) -> None:
    with running_system(tmp_path) as system:
        system.tribune("load", str(COUNTY))
        system.tribune("round", "open", ROUND)
        units = units_of_county(system)
        partner, stop = Partner(system.url("gateway"), PARTNER_SECRET), asyncio.Event()
        load = asyncio.create_task(partner_load(partner, ROUND, units, stop))
        await until(lambda: partner.sent > 20_000, 60, "20,000 ballots sent")
        stop.set()
        await load
        wanted = partner.expected()
        await until(lambda: counts(board(system)) == wanted, 30, "the board equals what was sent")
        before = board(system)
    with running_system(tmp_path) as system:
        await until(lambda: counts(board(system)) == wanted, 30, "the same numbers after a start")
        after = board(system)
        assert after["seq"] == before["seq"]  # the log was there all the time
        assert after["rows"] == before["rows"]
        assert after["positions"]["votes"] == before["positions"]["votes"]


async def test_the_embedded_broker_killed_in_a_quiet_moment_loses_nothing(tmp_path: Path) -> None:
    with running_system(tmp_path) as system:
        system.tribune("load", str(COUNTY))
        system.tribune("round", "open", ROUND)
        units = units_of_county(system)
        partner, stop = Partner(system.url("gateway"), PARTNER_SECRET), asyncio.Event()
        load = asyncio.create_task(partner_load(partner, ROUND, units, stop))
        await until(lambda: partner.sent > 5_000, 60, "5,000 ballots sent")
        stop.set()
        await load
        rows = f"SELECT count() FROM tribune.votes_current WHERE round = '{ROUND}'"
        voters = str(len(partner.latest))
        await until(lambda: ask_clickhouse(system, rows) == voters, 20, "ClickHouse holds all")
        before = await asyncio.to_thread(system.kill, "broker", signal.SIGKILL)
        await until(lambda: is_new(system, "broker", before), 40, "the broker again")
        await asyncio.to_thread(system.await_ready)
        wanted = partner.expected()
        await until(lambda: counts(board(system)) == wanted, 40, "the same numbers again")
