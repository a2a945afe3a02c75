"""The empty capability runs: a worker says the board of questions, and everybody may see it."""

import asyncio
import json
import time
from pathlib import Path

from schemas.addresses import KafkaAddress
from streams.keys import group_key
from streams.log.kafka import KafkaLog
from tests.support.console import running_console
from tests.support.presenting import day
from tests.support.workers import workers_of
from tribune.proof.recompute import recompute

WITHIN_S = 30.0


async def test_a_broadcast_has_an_empty_board_of_questions_that_anyone_makes_again(
    log: KafkaAddress, tmp_path: Path
) -> None:
    with workers_of(log, tmp_path) as workers:
        worker = workers.start(ready=False)
        async with running_console(log) as client:
            assert (await client.post("/api/broadcasts", content=day())).status_code == 201
            name = json.loads(day())["id"]
            assert (await client.get("/api/broadcasts/nobody/questions")).status_code == 404
            await asyncio.to_thread(worker.await_ready)
            path, deadline = f"/api/broadcasts/{name}/questions", time.monotonic() + WITHIN_S
            while (answer := await client.get(path)).status_code != 200:
                assert answer.json()["error"]["reason"] == "no_board"
                assert time.monotonic() < deadline, answer.text
                await asyncio.sleep(0.05)
            board = answer.json()
            assert (board["board"], board["rows"]) == (f"questions:{name}", [])
            assert board["seq"] == (1 << 40) + sum(at["0"] for at in board["positions"].values())
            held = {"if-none-match": answer.headers["etag"]}
            assert (await client.get(path, headers=held)).status_code == 304
            same = await client.get(f"/api/boards/questions:{name}")
            assert same.content == answer.content
            for lang, words in (("en", "No questions yet"), ("zh", "还没有提问")):
                page = await client.get("/questions", params={"lang": lang})
                assert words in page.text
        report = await recompute(KafkaLog(log), f"questions:{name}", group_key(b"any"))
        assert report.ok, str(report)
