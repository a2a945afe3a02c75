"""Evaluators' cards are taken back one by one: at once, everywhere, for good; marks stay."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from schemas.addresses import KafkaAddress
from schemas.topics import Topic
from streams.tokens import issue
from tests.support.console import Checked, bearer, messages, running_console
from tests.support.presenting import day, evaluator, mark
from tests.support.secret import SECRET

MARKS = "/api/slots/day-s1/marks"
BODY: dict[str, Any] = {"marks": {"results": 10, "delivery": 10}, "submitted": True}


@pytest.fixture
async def console(log: KafkaAddress) -> AsyncIterator[Checked]:
    async with running_console(log) as client:
        assert (await client.post("/api/broadcasts", content=day())).status_code == 201
        yield client


def card(who: str, issued_s: int | None = None) -> dict[str, str]:
    now_s = int(time.time()) if issued_s is None else issued_s
    token = issue(SECRET, "evaluator", now_s, bearer_id=f"day/{who}")
    return {"Authorization": f"Bearer {token}"}


async def revoke(console: Checked, who: str) -> httpx.Response:
    return await console.post(f"/api/broadcasts/day/evaluators/{who}/revoke")


def is_taken_back(answer: httpx.Response) -> bool:
    return answer.status_code == 401 and answer.json()["error"]["reason"] == "card_revoked"


async def test_a_card_that_is_taken_back_opens_nothing_and_its_marks_stay(
    console: Checked, log: KafkaAddress
) -> None:
    lost, other = card("e1"), card("e2")
    assert (await console.put(MARKS, json=BODY, headers=lost)).status_code == 200
    answer = await revoke(console, "e1")
    assert answer.status_code == 200, answer.text
    for path in ("/api/marks", MARKS):
        assert is_taken_back(await console.get(path, headers=lost))
    assert is_taken_back(await console.put(MARKS, json=BODY, headers=lost))
    assert is_taken_back(await console.get("/api/marks", headers=evaluator("e1")))
    assert (await console.put(MARKS, json=BODY, headers=other)).status_code == 200
    now_s = answer.json()["revoked_at"] // 1_000 + 1
    kept = (await console.get(MARKS, headers=card("e1", now_s))).json()
    assert kept["marks"] == BODY["marks"]
    [fact] = [one for one in await messages(log, Topic.BROADCASTS) if one["type"] == "card_revoked"]
    assert (fact["broadcast"], fact["evaluator"]) == ("day", "e1")
    assert fact["by"].startswith("operator:")
    assert fact.keys() == {"type", "at", "by", "broadcast", "evaluator", "issued_before"}


async def test_who_holds_a_card_that_was_taken_back_does_not_slow_down_the_new_one(
    log: KafkaAddress,
) -> None:
    async with running_console(log, per_evaluator_per_second=1) as console:
        await console.post("/api/broadcasts", content=day())
        lost, revoked = card("e1"), await revoke(console, "e1")
        for _ in range(20):
            assert is_taken_back(await console.put(MARKS, json=BODY, headers=lost))
        new = card("e1", revoked.json()["revoked_at"] // 1_000 + 1)
        assert (await console.put(MARKS, json=BODY, headers=new)).status_code == 200


async def test_a_card_that_is_printed_right_after_is_good_and_can_be_taken_back_again(
    console: Checked,
) -> None:
    await revoke(console, "e1")
    again = await console.get("/api/broadcasts/day/cards?evaluator=e1&lang=en")
    assert again.text.count("<article>") == 1
    assert "Name of e1" in again.text
    found = (await console.get("/api/broadcasts/day/evaluators")).json()
    first = next(each["revoked_at"] for each in found if each["id"] == "e1")
    assert [each["id"] for each in found if each["revoked_at"] is not None] == ["e1"]
    second = (await revoke(console, "e1")).json()
    assert second["revoked_at"] >= first
    assert (second["name"], second["panel"]) == ({"zh": "", "en": "Name of e1"}, "leaders")


async def test_every_console_hears_of_it_also_one_that_starts_later(
    console: Checked, log: KafkaAddress
) -> None:
    lost = card("o1")
    async with running_console(log) as another:
        assert (await another.get("/api/marks", headers=lost)).status_code == 200
        await revoke(console, "o1")
        async with asyncio.timeout(5):
            while not is_taken_back(await another.get("/api/marks", headers=lost)):
                await asyncio.sleep(0.02)
    async with running_console(log) as later:
        assert is_taken_back(await later.get("/api/marks", headers=lost))
        assert (await mark(later, "day-s2", "e2", 1, 1)).status_code == 200


async def test_only_an_operator_takes_a_card_back_and_only_one_that_there_is(
    console: Checked,
) -> None:
    path = "/api/broadcasts/day/evaluators/e1/revoke"
    assert (await console.post(path, headers=card("e1"))).status_code == 403
    assert (await console.post(path, headers=bearer("analyst"))).status_code == 403
    assert (await revoke(console, "nobody")).json()["error"]["reason"] == "unknown_evaluator"
    assert (await console.post(path.replace("day", "none"))).status_code == 404
    nobody = await console.get("/api/broadcasts/day/cards?evaluator=nobody")
    assert nobody.status_code == 404


async def test_a_card_that_is_refused_does_not_lock_the_hall_s_address_out(
    console: Checked,
) -> None:
    lost = card("e1")
    await revoke(console, "e1")
    for _ in range(40):
        assert is_taken_back(await console.get("/api/marks", headers=lost))
    assert (await console.get("/api/marks", headers=card("e2"))).status_code == 200
