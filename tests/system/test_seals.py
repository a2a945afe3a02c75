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
from schemas.ballots import Ballot, Choice, encode_frame
from schemas.topics import VOTE_PARTITIONS, Topic
from streams.keys import group_key
from streams.log.kafka import KafkaLog
from tests.support.archive import Sent, archive_config, archiving, ask, write
from tests.support.clickhouse import embedded_clickhouse
from tests.support.console import Checked, bearer, running_console
from tests.support.log_reader import whole_log
from tests.support.presenting import day, evaluator, mark
from tests.support.push import Push, running_push
from tests.support.secret import SECRET
from tests.support.workers import workers_of
from tribune.proof.recompute import CannotRecompute, recompute
from tribune.proof.reconcile import reconcile

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


async def votes(day: Day, *choices: tuple[str, Choice]) -> None:
    """Citizens vote: one each, partition by voter."""
    at, frames = 1_790_000_000_000, list[Sent]()
    for voter, (unit, choice) in enumerate(choices):
        ballot = Ballot("day-round", unit, voter, choice, at, "web")
        frames.append((Topic.VOTES, voter % VOTE_PARTITIONS, encode_frame(at, [ballot])))
    await write(day.log, frames)


async def test_a_revealed_board_is_what_the_log_and_clickhouse_give_also_when_corrected(
    a_day: Day,
) -> None:
    keys = group_key(SECRET)
    citizens = {"weight": 40, "round": "day-round", "minimum_ballots": 2}
    formula: dict[str, Any] = {"criteria": CRITERIA, "tie_break": [], "citizens": citizens}
    await a_day.client.post("/api/broadcasts", content=day(**formula))
    assert (await a_day.client.post("/api/rounds/day-round/open")).status_code == 200
    liked = [("day-roads", Choice.VERY_SATISFIED), ("day-roads", Choice.AVERAGE)]
    await votes(a_day, *liked, *liked, ("day-water", Choice.VERY_SATISFIED))
    await mark_everything(a_day)
    await a_day.mark("s3", "own", 347_353)
    early = await a_day.client.post("/api/groups/day-group/reveal", json={"rows": "all"})
    assert early.json()["error"]["reason"] == "round_not_final"
    await a_day.client.post("/api/rounds/day-round/close")
    await a_day.board_when(lambda board: board["status"] == "final")
    sealed = await recompute(KafkaLog(a_day.log), BOARD, keys)
    assert sealed.ok, str(sealed)
    with pytest.raises(CannotRecompute):
        await recompute(KafkaLog(a_day.log), BOARD, group_key(b"another secret"))
    with pytest.raises(CannotRecompute, match=r"or presentations:day-group, or "):
        await recompute(KafkaLog(a_day.log), "day-group", keys)

    answer = await a_day.client.post("/api/groups/day-group/reveal", json={"rows": "all"})
    assert answer.status_code == 200, answer.text
    whole = await a_day.board_when(lambda board: board["revealed"] == 3)
    by_slot = {row["slot"]: row for row in whole["rows"]}
    exact = round(by_slot["day-s3"]["panels"]["leaders"])
    assert by_slot["day-s3"]["score"] > exact, "citizens who like it count"
    wrong = {"evaluator": "e1", "reason": "a digit too many"}
    wrong |= {"marks": {"results": 1, "delivery": 1}}
    await a_day.client.post("/api/slots/day-s3/corrections", json=wrong)
    board = await a_day.board_when(lambda board: board["version"] == 2)
    assert (board["status"], board["corrections"][0]["reason"]) == ("corrected", wrong["reason"])
    corrected = next(row for row in board["rows"] if row["slot"] == "day-s3")
    assert corrected["score"] < by_slot["day-s3"]["score"]

    anyone = await recompute(KafkaLog(a_day.log), BOARD, group_key(b"another secret"))
    assert anyone.ok, str(anyone)
    assert (await recompute(KafkaLog(a_day.log), "satisfaction:day-round", keys)).ok
    await a_day.archived()
    versions = "SELECT count() FROM boards WHERE board = 'presentations:day-group'"
    assert int(await ask(a_day.clickhouse, versions)) > 1
    report = await reconcile(a_day.clickhouse, "day-group")
    assert report.ok, report.summary
    assert "11 markings" in report.summary
    by_board = await reconcile(a_day.clickhouse, "presentations:day-group")
    assert by_board.groups == report.groups
    assert (await reconcile(a_day.clickhouse)).ok
