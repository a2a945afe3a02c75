"""A group from its marks to its board on air: the console, a worker, push, on a real log."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import asdict

from schemas.addresses import KafkaAddress
from schemas.markings import MarkPlace, seal_marking
from schemas.scores import Marking, MarksSealed
from schemas.topics import Topic
from schemas.wire import encode
from streams.keys import group_key
from tests.support.archive import write
from tests.support.console import Checked, messages, running_console
from tests.support.presenting import day, mark
from tests.support.workers import workers_of

BOARD = "presentations:day-group"
ROWS = {"day-s1": (60, 40), "day-s2": (30, 20), "day-s3": (30, 10)}


@pytest.fixture
async def console(log: KafkaAddress, tmp_path: Path) -> AsyncIterator[Checked]:
    """A console and a worker, with the day loaded."""
    with workers_of(log, tmp_path) as workers:
        worker = workers.start(ready=False)
        async with running_console(log) as client:
            assert (await client.post("/api/broadcasts", content=day())).status_code == 201
            await asyncio.to_thread(worker.await_ready)
            yield client


async def board_when(
    client: httpx.AsyncClient, is_so: Callable[[dict[str, Any]], bool], within_s: float = 20
) -> dict[str, Any]:
    """Wait for the board, as the operator sees it, to be so."""
    deadline, found = time.monotonic() + within_s, {}
    while time.monotonic() < deadline:
        answer = await client.get(f"/api/boards/{BOARD}")
        if answer.status_code == 200 and is_so(found := answer.json()):
            return found
        await asyncio.sleep(0.02)
    raise AssertionError(f"the board is {found}")


async def public_board(client: httpx.AsyncClient) -> httpx.Response:
    async with httpx.AsyncClient(base_url=client.base_url) as anyone:
        return await anyone.get(f"/api/boards/{BOARD}")


async def refused(client: httpx.AsyncClient, what: str, more: dict[str, Any]) -> str:
    """Why the day's file is refused with one more of something like the first."""
    document = json.loads(day())
    document[what].append(document[what][0] | more)
    answer = await client.post("/api/broadcasts", content=json.dumps(document))
    assert answer.status_code == 409, answer.text
    return answer.json()["error"]["reason"]


async def mark_all(client: httpx.AsyncClient) -> None:
    for slot, (results, delivery) in ROWS.items():
        for who in ("e1", "e2", "o1", "own"):
            answer = await mark(client, slot, who, results, delivery)
            assert answer.status_code == (403 if (slot, who) == ("day-s1", "own") else 200)


async def test_a_group_is_marked_closed_and_revealed_from_the_last_place_up(
    console: Checked,
) -> None:
    first = await board_when(console, lambda board: board["missing"] == 11)
    assert (first["status"], first["of"], first["revealed"]) == ("provisional", 3, 0)
    assert {(row["rank"], row["score"]) for row in first["rows"]} == {(None, None)}
    await mark_all(console)
    whole = await board_when(console, lambda board: board["missing"] == 0)
    assert whole["status"] == "final"
    assert [(row["slot"], row["rank"], row["score"]) for row in whole["rows"]] == [
        ("day-s1", 1, 10_000),
        ("day-s2", 2, 5_000),
        ("day-s3", 3, 4_000),
    ]
    assert whole["next"]["slot"] == "day-s3"
    assert (await public_board(console)).status_code == 403

    closed = await console.post("/api/groups/day-group/close")
    assert closed.json()["closed"] is True
    late = await mark(console, "day-s2", "e1", 1, 1)
    assert (late.status_code, late.json()["error"]["reason"]) == (409, "group_closed")
    assert (await console.post("/api/groups/day-group/close")).status_code == 409
    assert await refused(console, "slots", {"id": "s4", "unit": "day-water"}) == "rundown_closed"
    assert await refused(console, "evaluators", {"id": "e9"}) == "would_spoil_marks"

    await console.post("/api/groups/day-group/reveal", json={"rows": 1})
    await board_when(console, lambda board: board["revealed"] == 1)
    shown = (await public_board(console)).json()
    assert [row["slot"] for row in shown["rows"]] == ["day-s3"]
    back = await console.post("/api/groups/day-group/reveal", json={"rows": 0})
    assert back.status_code == 400
    await console.post("/api/groups/day-group/reveal", json={"rows": "all"})
    final = await board_when(console, lambda board: board["revealed"] == 3)
    shown = (await public_board(console)).json()
    assert shown["rows"] == final["rows"]
    assert shown["sealed"] is None
    assert shown["positions"].keys() == {"scores", "sessions", "broadcasts"}
    assert shown["seq"] == (1 << 40) + sum(at["0"] for at in shown["positions"].values())


async def test_a_mark_that_does_not_open_is_named_and_holds_nothing_up(
    console: Checked, log: KafkaAddress
) -> None:
    place = MarkPlace("day", "day-group", "day-s1", "e1")
    foreign = seal_marking(group_key(b"another secret"), place, Marking(recused="x"))
    fact = MarksSealed(at=1, **place._asdict(), **asdict(foreign))
    await write(log, [(Topic.SCORES, 0, encode(fact))])
    assert (await mark(console, "day-s1", "e1", 1, 1)).status_code == 200
    await board_when(console, lambda board: board["missing"] == 10)
    async with asyncio.timeout(10):
        while not (letters := await messages(log, Topic.DEAD_LETTERS)):
            await asyncio.sleep(0.1)
    assert [letter["reason"] for letter in letters] == [
        "seal: it does not open with its group's key"
    ]
