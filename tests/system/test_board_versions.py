"""A mark corrected after the close makes a new version of a board; the old one is kept, named."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from schemas.addresses import KafkaAddress
from tests.support.archive import archive_config, archiving
from tests.support.clickhouse import EmbeddedClickHouse, embedded_clickhouse
from tests.support.console import Checked, running_console
from tests.support.presenting import day, mark
from tests.support.secret import SECRET
from tests.support.workers import workers_of
from tribune.commands.cli import main

BOARD = "/api/boards/presentations:day-group"
GROUP = "/api/groups/day-group"
ROWS = {"day-s1": (60, 40), "day-s2": (30, 20), "day-s3": (30, 10)}


@dataclass
class Evening:
    client: Checked
    clickhouse: EmbeddedClickHouse

    async def public(self, path: str) -> httpx.Response:
        async with httpx.AsyncClient(base_url=self.client.base_url) as anyone:
            return await anyone.get(path)

    async def until(self, path: str, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Ask for a board until it is so."""
        async with asyncio.timeout(60):
            while True:
                answer = await self.client.get(path)
                if answer.status_code == 200 and is_so(answer.json()):
                    return answer.json()
                await asyncio.sleep(0.05)

    async def command(self, *words: str) -> str:
        """What a command prints, at an operator's terminal."""
        port = str(self.client.base_url.port)
        said = {"TRIBUNE_PORTS_CONSOLE": port, "TRIBUNE_SECRETS_KEY": SECRET.decode()}
        result = await asyncio.to_thread(CliRunner().invoke, main, words, env=said)
        assert result.exit_code == 0, result.output
        return result.stdout

    async def correct(self, slot: str, results: int, why: str) -> None:
        body = {"evaluator": "e1", "marks": {"results": results, "delivery": 1}, "reason": why}
        answer = await self.client.post(f"/api/slots/{slot}/corrections", json=body)
        assert answer.status_code == 200, answer.text


@pytest.fixture
async def evening(log: KafkaAddress, tmp_path: Path) -> AsyncIterator[Evening]:
    async with AsyncExitStack() as stack:
        clickhouse = stack.enter_context(embedded_clickhouse(tmp_path / "clickhouse"))
        worker = stack.enter_context(workers_of(log, tmp_path)).start(ready=False)
        await stack.enter_async_context(archiving(archive_config(log, clickhouse.address)))
        console = running_console(log, clickhouse=clickhouse.address)
        client = await stack.enter_async_context(console)
        await client.post("/api/broadcasts", content=day())
        await asyncio.to_thread(worker.await_ready)
        for slot, (results, delivery) in ROWS.items():
            for who in ("e1", "e2", "o1", "own"):
                await mark(client, slot, who, results, delivery)
        yield Evening(client, clickhouse)


@pytest.mark.timeout(240)
async def test_old_versions_are_kept_and_named_and_show_what_was_revealed_then(
    evening: Evening,
) -> None:
    for path in (f"{BOARD}/versions", f"{BOARD}/versions/1"):
        assert (await evening.public(path)).json()["error"]["reason"] == "not_revealed"
    await evening.client.post(f"{GROUP}/close")
    await evening.until(BOARD, lambda board: board["closed"])
    await evening.correct("day-s3", 2, "two digits swapped")
    await evening.until(BOARD, lambda board: board["version"] == 2)
    await evening.client.post(f"{GROUP}/reveal", json={"rows": "all"})
    second = await evening.until(BOARD, lambda board: board["revealed"] == 3)
    await evening.correct("day-s1", 3, "the wrong paper")
    third = await evening.until(BOARD, lambda board: board["version"] == 3)

    versions = (await evening.public(f"{BOARD}/versions")).json()
    told = [(each["version"], each["current"]) for each in versions]
    assert told == [(1, False), (2, False), (3, True)]
    why = [each["correction"] and each["correction"]["reason"] for each in versions]
    assert why == [None, "two digits swapped", "the wrong paper"]
    assert versions[2]["correction"]["at"] == third["corrections"][1]["at"]

    whole = await evening.until(f"{BOARD}/versions/2", lambda old: old["revealed"] == 3)
    assert whole["rows"] == second["rows"]
    assert second["seq"] <= whole["seq"] < third["seq"]
    old = (await evening.public(f"{BOARD}/versions/2")).json()
    assert (old["version"], old["rows"], old["revealed"]) == (2, second["rows"], 3)
    assert (await evening.public(f"{BOARD}/versions/3")).json()["rows"] == third["rows"]
    hidden = await evening.public(f"{BOARD}/versions/1")
    assert hidden.json()["error"]["reason"] == "not_revealed", "no row of it was public"
    first = await evening.until(f"{BOARD}/versions/1", lambda old: old["version"] == 1)
    assert len(first["rows"]) == 3
    for nothing in (f"{BOARD}/versions/4", "/api/boards/satisfaction:day-round/versions"):
        assert (await evening.client.get(nothing)).status_code == 404

    lines = (await evening.command("group", "versions", "day-group")).splitlines()
    assert lines[0] == "version 1"
    assert lines[1].endswith(": two digits swapped")
    assert lines[2].startswith("version 3 (current): ")
    shown = await evening.command("group", "versions", "day-group", "--version", "1")
    assert len(json.loads(shown)["rows"]) == 3

    evening.clickhouse.kill()
    away = await evening.public(f"{BOARD}/versions/2")
    assert (away.status_code, away.json()["error"]["reason"]) == (503, "archive_unavailable")
    assert (await evening.public(f"{BOARD}/versions")).json() == versions
    assert (await evening.public(f"{BOARD}/versions/3")).status_code == 200
