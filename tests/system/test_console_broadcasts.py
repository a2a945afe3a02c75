"""Loading broadcasts by the console: what changes, what is wrong, what would spoil votes."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

import dashboards.api.broadcasts.routes
from schemas.addresses import KafkaAddress
from schemas.topics import Topic
from tests.support.console import bearer, messages, running_console

COUNTY = Path(__file__).parents[2] / "examples" / "county" / "county.yaml"
SMALL = """
id: small
title: {en: Small}
units:
  - {id: water, number: 1, kind: department, name: {zh: 水利局, en: Water}}
  - {id: roads, number: 2, kind: department, name: {zh: 公路局, en: Roads}}
rounds:
  - {id: happy, title: {en: How happy}}
"""


async def facts(kafka: KafkaAddress, kind: str) -> list[dict[str, Any]]:
    return [fact for fact in await messages(kafka, Topic.BROADCASTS) if fact["type"] == kind]


async def test_the_same_file_again_changes_nothing_and_writes_nothing(broker: KafkaAddress) -> None:
    async with running_console(broker) as console:
        text = COUNTY.read_bytes()
        first = await console.post("/api/broadcasts", content=text)
        assert (first.status_code, first.json()["id"]) == (201, "county-2026")
        assert first.json()["changes"] == [
            "broadcast county-2026 added: 36 units, 1 rounds, 3 groups, 38 slots, 4 panels, "
            "16 evaluators, 1 formulas"
        ]
        again = await console.post("/api/broadcasts", content=text)
        assert (again.status_code, again.json()["changes"]) == (200, [])
    [fact] = await facts(broker, "broadcast_loaded")
    assert fact["by"].startswith("operator:")
    assert fact["at"] > 1_700_000_000_000
    assert fact["broadcast"]["id"] == "county-2026"


async def test_a_changed_file_says_what_changes_and_is_read_back_at_once(
    broker: KafkaAddress,
) -> None:
    async with running_console(broker) as console:
        await console.post("/api/broadcasts", content=SMALL)
        new = SMALL.replace("number: 2", "number: 7").replace("Small}", "Still small}")
        expected = [
            'broadcast: title {"zh": "", "en": "Small"} -> {"zh": "", "en": "Still small"}',
            "unit roads: number 2 -> 7",
        ]
        dry = await console.post("/api/broadcasts?dry_run=true", content=new)
        assert (dry.status_code, dry.json()["changes"]) == (200, expected)
        assert (await console.get("/api/broadcasts/small")).json()["title"]["en"] == "Small"
        loaded = await console.post("/api/broadcasts", content=new)
        assert (loaded.status_code, loaded.json()["changes"]) == (200, expected)
        read = (await console.get("/api/broadcasts/small")).json()
        assert read["title"]["en"] == "Still small"
        assert [unit["number"] for unit in read["units"]] == [1, 7]
        assert read["rounds"][0]["status"] == "loaded"
    assert len(await facts(broker, "broadcast_loaded")) == 2


async def test_a_wrong_file_is_told_all_at_once_and_nothing_is_written(
    broker: KafkaAddress,
) -> None:
    async with running_console(broker) as console:
        text = SMALL.replace("kind: department, name: {zh: 公路局", "name: {zh: 水利局")
        answer = await console.post("/api/broadcasts", content=text)
        assert answer.status_code == 400
        body = answer.json()
        assert body["error"]["reason"] == "invalid_broadcast"
        assert body["error"]["detail"].startswith("2 problems, the first in line 6: ")
        assert [(entry["line"], entry["field"]) for entry in body["errors"]] == [
            (6, "units[1]"),
            (6, "units[1].name.zh"),
        ]
        not_utf8 = await console.post("/api/broadcasts", content="县".encode("gbk"))
        assert (not_utf8.status_code, "UTF-8" in not_utf8.text) == (400, True)
        odd = await console.post("/api/broadcasts?dry_run=perhaps", content=SMALL)
        assert (odd.status_code, odd.json()["error"]["field"]) == (400, "dry_run")
        assert (await console.get("/api/broadcasts")).json() == []
        missing = await console.get("/api/broadcasts/small")
        assert missing.json()["error"]["reason"] == "unknown_broadcast"
    assert await facts(broker, "broadcast_loaded") == []


async def test_what_would_spoil_votes_is_refused_with_the_reason(broker: KafkaAddress) -> None:
    async with running_console(broker) as console:
        await console.post("/api/broadcasts", content=SMALL)
        await console.post("/api/rounds/happy/open")
        spoiling = SMALL.replace("number: 2", "number: 7") + "  - {id: more, title: {en: More}}\n"
        answer = await console.post("/api/broadcasts", content=spoiling)
        assert answer.status_code == 409
        assert answer.json()["error"]["reason"] == "would_spoil_votes"
        assert "unit roads keeps the number 2" in answer.json()["errors"][0]["detail"]
        added = SMALL + "  - {id: more, title: {en: More}}\n"
        assert (await console.post("/api/broadcasts", content=added)).status_code == 200


async def test_an_id_belongs_to_one_broadcast_until_that_is_retired(broker: KafkaAddress) -> None:
    other = SMALL.replace("id: small", "id: other").replace("id: happy", "id: happier")
    async with running_console(broker) as console:
        await console.post("/api/broadcasts", content=SMALL)
        taken = await console.post("/api/broadcasts", content=other)
        assert [entry["field"] for entry in taken.json()["errors"]] == [
            "units[0].id",
            "units[1].id",
        ]
        await console.post("/api/rounds/happy/open")
        unsettled = await console.post("/api/broadcasts/small/retire")
        assert (unsettled.status_code, unsettled.json()["error"]["reason"]) == (409, "round_open")
        assert (await console.post("/api/broadcasts/none/retire")).status_code == 404


async def test_what_is_retired_stays_so(broker: KafkaAddress) -> None:
    other = SMALL.replace("id: small", "id: other")
    async with running_console(broker) as console:
        await console.post("/api/broadcasts", content=SMALL)
        for _ in range(2):
            retired = await console.post("/api/broadcasts/small/retire")
            assert (retired.status_code, retired.json()["retired"]) == (200, True)
        assert (await console.get("/api/rounds")).json() == []
        assert (await console.get("/api/broadcasts/small")).json()["retired"] is True
        assert (await console.post("/api/broadcasts", content=SMALL)).status_code == 409
        assert (await console.post("/api/broadcasts", content=other)).status_code == 201
    assert len(await facts(broker, "broadcast_retired")) == 1


async def test_a_body_has_a_size_and_a_time(
    broker: KafkaAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dashboards.api.broadcasts.routes, "BODY_WITHIN_S", 0.3)
    async with running_console(broker) as console:
        large = await console.post("/api/broadcasts", content=b"a" * 300_000)
        assert (large.status_code, large.json()["error"]["reason"]) == (413, "body_too_large")

        token = bearer()["Authorization"]
        head = f"POST /api/broadcasts HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\n"
        reader, writer = await asyncio.open_connection("127.0.0.1", console.base_url.port)
        writer.write(f"{head}Content-Length: 100\r\n\r\nid: a".encode())
        slow = await asyncio.wait_for(reader.readuntil(b"}}"), 5)
        writer.close()
        assert slow.startswith(b"HTTP/1.1 408 ")
        assert b'"too_slow"' in slow


async def test_no_body_makes_it_fail(broker: KafkaAddress) -> None:
    async with running_console(broker) as console:
        for body in (b"", b"\0", b"[" * 2_000, b"\xff\xfe", b"{}", b"a: *b", b"1e999", b"\t"):
            assert (await console.post("/api/broadcasts", content=body)).status_code == 400


async def test_two_loads_at_once_do_not_pass_each_other(broker: KafkaAddress) -> None:
    async with running_console(broker) as console:
        other = SMALL.replace("id: small", "id: other")
        answers = await asyncio.gather(
            *(console.post("/api/broadcasts", content=text) for text in (SMALL, other) * 3)
        )
        assert sorted(answer.status_code for answer in answers) == [200, 200, 201, 400, 400, 400]
        assert len((await console.get("/api/broadcasts")).json()) == 1


async def test_only_an_operator_writes(broker: KafkaAddress) -> None:
    async with running_console(broker) as console:
        for headers, status, reason in (
            ({"Authorization": ""}, 401, "missing_token"),
            ({"Authorization": "Bearer nonsense"}, 401, "bad_token"),
            ({"Authorization": "Basic YTpi"}, 401, "missing_token"),
            (bearer("analyst"), 403, "wrong_role"),
            (bearer("evaluator"), 403, "wrong_role"),
        ):
            for path in ("/api/broadcasts", "/api/rounds/r/open", "/api/rounds/r/close"):
                answer = await console.post(path, content=SMALL, headers=headers)
                assert (answer.status_code, answer.json()["error"]["reason"]) == (status, reason)
                assert "tribune token" in answer.json()["error"]["detail"]
                assert ("www-authenticate" in answer.headers) == (status == 401)
    assert await facts(broker, "broadcast_loaded") == []
