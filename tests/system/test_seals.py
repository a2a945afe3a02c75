"""Marks are known to nobody but their evaluator until their group is revealed.

Evaluators mark with numbers and reasons that occur nowhere else, on a running console, worker,
archive and push. Then every surface is searched for them: all topics, every table of ClickHouse,
what push says, and every address of the API, asked by everyone who may ask.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from schemas.addresses import ClickHouseAddress, KafkaAddress
from tests.support.archive import archive_config, archiving, ask
from tests.support.clickhouse import embedded_clickhouse
from tests.support.console import Checked, bearer, running_console
from tests.support.log_reader import whole_log
from tests.support.presenting import day, evaluator, mark
from tests.support.push import Push, running_push
from tests.support.workers import workers_of

BOARD = "presentations:day-group"
CRITERIA = [{"id": "results", "max": 1_000_000}, {"id": "delivery", "max": 1_000_000}]
REASON = "oMARKx-my-brother-works-there"
ADDRESSES = (
    f"/api/boards/{BOARD}",
    "/api/broadcasts",
    "/api/broadcasts/day",
    "/api/broadcasts/day/groups",
    "/api/broadcasts/day/session",
    "/api/broadcasts/day/rundown",
    "/api/broadcasts/day/ledger",
    "/api/groups/day-group/marks",
    "/api/marks",
    "/api/slots/day-s1/marks",
    "/api/slots/day-s2/marks",
    "/metrics",
    "/healthz",
)
ASKERS = {
    "nobody": {"Authorization": ""},
    "operator": bearer(),
    "analyst": bearer("analyst"),
    "another evaluator": evaluator("own"),
}


@dataclass
class Day:
    """A presentation day with every role that touches its marks."""

    log: KafkaAddress
    clickhouse: ClickHouseAddress
    client: Checked
    push: Push
    secrets: set[str] = field(default_factory=set)
    said: list[str] = field(default_factory=list)

    async def mark(self, slot: str, who: str, results: int, **more: Any) -> None:
        """Mark with a number that occurs nowhere else."""
        answer = await mark(self.client, f"day-{slot}", who, results, results + 1, **more)
        assert answer.status_code == 200, answer.text
        self.secrets |= {str(results), str(results + 1)}

    async def listen(self, connection: ClientConnection) -> None:
        async for message in connection:
            self.said.append(str(message))

    async def ask(self, path: str, asker: str) -> str:
        headers = {key: value for key, value in ASKERS[asker].items() if value}
        async with httpx.AsyncClient(base_url=self.client.base_url, headers=headers) as http:
            return (await http.get(path)).text

    async def surfaces(self, *askers: str) -> dict[str, str]:
        """Everything that anyone can read, by name."""
        found = {f"{who} {path}": await self.ask(path, who) for who in askers for path in ADDRESSES}
        for record in await whole_log(self.log):
            parts = (record.key or b"", record.value or b"")
            name = f"topic {record.topic}"
            found[name] = found.get(name, "") + b"\n".join(parts).decode(errors="replace")
        for table in (await ask(self.clickhouse, "SHOW TABLES")).split():
            query = f"SELECT * FROM `{table}` FORMAT JSONEachRow"
            found[f"table {table}"] = await ask(self.clickhouse, query)
        return found | {"push": "\n".join(self.said)}

    async def archived(self) -> None:
        """Wait until ClickHouse has every fact of `scores`."""
        wanted = sum(record.topic == "scores" for record in await whole_log(self.log))
        query = "SELECT count() FROM log WHERE topic = 'scores'"
        async with asyncio.timeout(60):
            while int(await ask(self.clickhouse, query) or 0) < wanted:
                await asyncio.sleep(0.1)

    async def board_when(self, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        async with asyncio.timeout(30):
            while True:
                answer = await self.client.get(f"/api/boards/{BOARD}")
                if answer.status_code == 200 and is_so(answer.json()):
                    return answer.json()
                await asyncio.sleep(0.05)

    def leaks(self, surfaces: dict[str, str]) -> dict[str, set[str]]:
        """Where a mark or a reason can be read."""
        marks = re.compile(rf"(?<!\d)(?:{'|'.join(sorted(self.secrets))})(?!\d)|oMARKx")
        found = {name: set(marks.findall(text)) for name, text in surfaces.items()}
        return {name: leaked for name, leaked in found.items() if leaked}


@pytest.fixture
async def a_day(log: KafkaAddress, tmp_path: Path) -> AsyncIterator[Day]:
    async with AsyncExitStack() as stack:
        clickhouse = stack.enter_context(embedded_clickhouse(tmp_path / "clickhouse")).address
        worker = stack.enter_context(workers_of(log, tmp_path)).start(ready=False)
        await stack.enter_async_context(archiving(archive_config(log, clickhouse)))
        client = await stack.enter_async_context(running_console(log))
        push = await stack.enter_async_context(running_push(log))
        await client.post("/api/broadcasts", content=day(criteria=CRITERIA, tie_break=[]))
        await asyncio.to_thread(worker.await_ready)
        held = Day(log, clickhouse, client, push)
        connection = await stack.enter_async_context(connect(push.live))
        channels = [f"board:{BOARD}", "session:day"]
        await connection.send(json.dumps({"subscribe": channels}))
        listening = asyncio.create_task(held.listen(connection))
        yield held
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening


async def mark_everything(day: Day) -> None:
    """Drafts, changes, a recusal: everything that evaluators do."""
    await day.mark("s1", "e1", 917_353, submitted=False)
    await day.mark("s1", "e1", 927_353)
    await day.mark("s1", "e2", 937_353)
    recused = {"recused": REASON}
    await day.client.put("/api/slots/day-s1/marks", json=recused, headers=evaluator("o1"))
    for number, who in enumerate(("e1", "e2", "o1", "own")):
        await day.mark("s2", who, 617_353 + 10_000 * number)
    for number, who in enumerate(("e1", "e2", "o1")):
        await day.mark("s3", who, 317_353 + 10_000 * number)


@pytest.mark.timeout(300)
async def test_nobody_knows_a_mark_until_it_is_revealed(a_day: Day) -> None:
    await mark_everything(a_day)
    provisional = await a_day.board_when(lambda board: board["missing"] == 1)
    assert provisional["status"] == "provisional"
    assert {(row["rank"], row["score"]) for row in provisional["rows"]} == {(None, None)}
    await a_day.archived()
    surfaces = await a_day.surfaces("nobody", "operator", "analyst")
    assert {"topic scores", "topic tallies", "topic boards", "table log"} <= surfaces.keys()
    assert a_day.leaks(surfaces) == {}
    own = a_day.leaks({"": await a_day.ask("/api/marks", "another evaluator")})[""]
    assert own == {"647353", "647354"}, "an evaluator's own marks are their own only"

    await a_day.mark("s3", "own", 347_353)
    whole = await a_day.board_when(lambda board: board["missing"] == 0)
    scores = [row["score"] for row in whole["rows"]]
    assert len(set(scores)) == 3
    assert a_day.leaks(await a_day.surfaces("nobody", "operator", "analyst")) == {}

    await a_day.client.post("/api/groups/day-group/close")
    await a_day.client.post("/api/groups/day-group/reveal", json={"rows": 1})
    await a_day.board_when(lambda board: board["revealed"] == 1)
    await a_day.archived()
    surfaces = await a_day.surfaces("nobody", "analyst", "another evaluator")
    allowed = {f"another evaluator /api/{path}" for path in ("marks", "slots/day-s2/marks")}
    assert a_day.leaks(surfaces).keys() <= allowed
    shown = [row for name in surfaces if "/api/boards" in name for row in rows_of(surfaces[name])]
    shown += [row for message in a_day.said for row in rows_of(message)]
    assert {(row["slot"], row["score"]) for row in shown} == {("day-s3", scores[2])}
    [seen] = {row for line in surfaces["table board_rows"].splitlines() for row in [row_of(line)]}
    assert seen == ("day-s3", scores[2])

    await a_day.client.post("/api/groups/day-group/reveal", json={"rows": "all"})
    await a_day.archived()
    opened = await ask(a_day.clickhouse, "SELECT * FROM scores FORMAT JSONEachRow")
    assert a_day.secrets - {"917353", "917354"} == {
        word for word in re.findall(r"\d{6}", opened) if word in a_day.secrets
    }
    assert REASON in opened


def rows_of(text: str) -> list[dict[str, Any]]:
    """The rows of a board, or of one that push said."""
    message = json.loads(text)
    board = message.get("data") if "data" in message else message
    return board.get("rows", []) if isinstance(board, dict) else []


def row_of(line: str) -> tuple[str, int]:
    row = json.loads(line)
    return row["slot"], row["score"]
