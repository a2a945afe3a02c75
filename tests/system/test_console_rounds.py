"""Opening and closing rounds by the console: by hand, by the clock, by two consoles at once."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Any

from aiokafka import AIOKafkaProducer

from schemas.addresses import KafkaAddress
from schemas.topics import Topic
from tests.support.console import Checked, messages, running_console

SMALL = """
id: small
title: {en: Small}
units:
  - {id: water, number: 1, kind: department, name: {zh: 水利局, en: Water}}
rounds:
  - {id: happy, title: {en: How happy}, TIMES}
"""


def small(**times: float) -> str:
    written = (
        f"{name}: {datetime.fromtimestamp(at, UTC).isoformat()}" for name, at in times.items()
    )
    return SMALL.replace("TIMES", ", ".join(written) or "units: all")


async def facts(kafka: KafkaAddress) -> list[dict[str, Any]]:
    found = await messages(kafka, Topic.BROADCASTS)
    return [fact for fact in found if fact["type"].startswith("round_")]


async def standing(console: Checked) -> dict[str, Any]:
    [found] = (await console.get("/api/rounds")).json()
    return found


async def until(console: Checked, status: str, within_s: float = 10) -> dict[str, Any]:
    deadline = time.monotonic() + within_s
    while (found := await standing(console))["status"] != status:
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.05)
    return found


async def test_a_round_opens_where_the_votes_end_and_closes(broker: KafkaAddress) -> None:
    async with running_console(broker) as console:
        await console.post("/api/broadcasts", content=small())
        producer: Any = AIOKafkaProducer(**broker.client_options())
        await producer.start()
        for partition in (0, 3, 3):
            await producer.send_and_wait(broker.topic(Topic.VOTES), b"{}", partition=partition)
        await producer.stop()

        opened = await console.post("/api/rounds/happy/open")
        assert (opened.status_code, opened.json()["status"]) == (200, "open")
        assert await standing(console) == opened.json()
        again = await console.post("/api/rounds/happy/open")
        assert (again.status_code, again.json()["error"]["reason"]) == (409, "round_open")

        closed = await console.post("/api/rounds/happy/close")
        assert (closed.status_code, closed.json()["status"]) == (200, "closed")
        assert closed.json()["closed_at"] >= closed.json()["opened_at"]
        again = await console.post("/api/rounds/happy/close")
        assert (again.status_code, again.json()["error"]["reason"]) == (409, "round_closed")
        assert (await console.post("/api/rounds/happy/open")).json()["status"] == "open"

    first, _, third = await facts(broker)
    assert first["votes_from"] == {str(n): {0: 1, 3: 2}.get(n, 0) for n in range(8)}
    assert first["by"].startswith("operator:")
    assert (first["scheduled"], third["type"]) == (False, "round_opened")


async def test_a_round_that_is_not_there_or_not_open_says_so(broker: KafkaAddress) -> None:
    async with running_console(broker) as console:
        await console.post("/api/broadcasts", content=small())
        for path, status, reason in (
            ("/api/rounds/none/open", 404, "unknown_round"),
            ("/api/rounds/none/close", 404, "unknown_round"),
            ("/api/rounds/happy/close", 409, "round_loaded"),
        ):
            answer = await console.post(path)
            assert (answer.status_code, answer.json()["error"]["reason"]) == (status, reason)
    assert await facts(broker) == []


async def test_a_final_round_is_not_opened_again(broker: KafkaAddress) -> None:
    async with running_console(broker) as console:
        await console.post("/api/broadcasts", content=small())
        await console.post("/api/rounds/happy/open")
        closed = (await console.post("/api/rounds/happy/close")).json()
        final = (
            b'{"type":"round_finalised","at":%d,"round":"happy","positions":{"0":0}}'
            % closed["closed_at"]
        )
        producer: Any = AIOKafkaProducer(**broker.client_options())
        await producer.start()
        await producer.send_and_wait(broker.topic(Topic.BROADCASTS), final, partition=0)
        await producer.stop()
        await until(console, "finalised")
        answer = await console.post("/api/rounds/happy/open")
        assert (answer.status_code, answer.json()["error"]["reason"]) == (409, "round_finalised")
        assert "is final" in answer.json()["error"]["detail"]


async def test_two_consoles_open_and_close_by_the_clock_once(broker: KafkaAddress) -> None:
    async with running_console(broker) as console, running_console(broker) as other:
        begin = time.time()
        text = small(opens_at=begin + 1.0, closes_at=begin + 4.0)
        await console.post("/api/broadcasts", content=text)
        assert (await standing(console))["status"] == "loaded"
        opened = await until(console, "open")
        assert 0 <= opened["opened_at"] / 1000 - (begin + 1.0) < 2.5
        assert abs(opened["closes_at"] - (begin + 4.0) * 1000) < 2
        await until(console, "closed")
        assert await until(other, "closed") == await standing(console)
    found = await facts(broker)
    assert {fact["by"] for fact in found} == {"console:schedule"}
    assert all(fact["scheduled"] for fact in found)
    assert len(found) <= 4


async def test_what_was_closed_by_hand_is_not_opened_again_by_the_clock(
    broker: KafkaAddress,
) -> None:
    async with running_console(broker) as console:
        text = small(opens_at=time.time() + 2.0)
        text += text.splitlines()[-1].replace("happy", "other") + "\n"
        await console.post("/api/broadcasts", content=text)
        await console.post("/api/rounds/happy/open")
        await console.post("/api/rounds/happy/close")
        while (rounds := (await console.get("/api/rounds")).json())[1]["status"] != "open":
            await asyncio.sleep(0.05)
        assert rounds[0]["status"] == "closed"


async def test_a_round_opened_after_its_time_closes_by_hand(broker: KafkaAddress) -> None:
    async with running_console(broker) as console:
        await console.post("/api/broadcasts", content=small(closes_at=time.time() - 60))
        opened = (await console.post("/api/rounds/happy/open")).json()
        assert (opened["status"], opened["closes_at"]) == ("open", None)


async def test_a_new_console_knows_what_an_old_one_did(broker: KafkaAddress) -> None:
    async with running_console(broker) as console:
        await console.post("/api/broadcasts", content=small())
        before = (await console.post("/api/rounds/happy/open")).json()
    async with running_console(broker) as console:
        assert await standing(console) == before
    opened = [fact for fact in await messages(broker, Topic.BROADCASTS) if "incarnation" in fact]
    assert [fact["incarnation"] for fact in opened] == [1]
