"""The console as a web server: boards, its document, host names, headers, health, outages."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaProducer

from dashboards.serve import serve
from schemas.addresses import KafkaAddress
from schemas.topics import Topic
from tests.support.broker import embedded_broker
from tests.support.console import (
    Checked,
    answering,
    bearer,
    console_config,
    messages,
    running_console,
)
from tests.support.ports import free_port

BOARD = "satisfaction:happy"


def board(seq: int, **more: Any) -> bytes:
    return json.dumps(
        {
            "board": BOARD,
            "seq": seq,
            "as_of": 5,
            "status": "live",
            "formula": {"id": "satisfaction", "version": 1},
            "positions": {"votes": {"0": 1}, "broadcasts": {"0": 1}},
            "rows": [],
            "round": "happy",
            "broadcast": "small",
            "title": {"zh": "满意", "en": ""},
            "minimum_ballots": 30,
        }
        | more
    ).encode()


@pytest.fixture
async def console(broker: KafkaAddress) -> AsyncIterator[Checked]:
    async with running_console(broker) as running:
        yield running


async def publish(broker: KafkaAddress, *values: bytes) -> None:
    producer: Any = AIOKafkaProducer(**broker.client_options())
    await producer.start()
    for value in values:
        await producer.send_and_wait(broker.topic(Topic.BOARDS), value, partition=0)
    await producer.stop()


async def test_the_greatest_board_is_served_byte_for_byte(
    broker: KafkaAddress, console: Checked
) -> None:
    none = await console.get(f"/api/boards/{BOARD}")
    assert (none.status_code, none.json()["error"]["reason"]) == (404, "no_board")
    newest = board(9, status="final")
    await publish(broker, board(7), newest, board(8), b"not json", b'{"board": 1}')
    while (answer := await console.get(f"/api/boards/{BOARD}")).headers.get("etag") != '"9"':
        await asyncio.sleep(0.05)
    assert answer.content == newest
    held = await console.get(f"/api/boards/{BOARD}", headers={"If-None-Match": '"8", "9"'})
    assert (held.status_code, held.content) == (304, b"")
    other = await console.get(f"/api/boards/{BOARD}", headers={"If-None-Match": '"8"'})
    assert other.status_code == 200
    head = await console.head(f"/api/boards/{BOARD}")
    assert (head.status_code, head.headers["etag"], head.content) == (200, '"9"', b"")


async def test_a_board_of_presentations_is_not_shown_before_it_is_revealed(
    console: Checked,
) -> None:
    path = "/api/boards/presentations:departments"
    async with httpx.AsyncClient(base_url=console.base_url) as anyone:
        answer = await anyone.get(path)
    assert (answer.status_code, answer.json()["error"]["reason"]) == (403, "not_revealed")
    assert (await console.get(path)).status_code == 404, "the operator is told that there is none"


async def test_the_document_describes_the_api(console: Checked) -> None:
    answer = await console.get("/api/openapi.json")
    document = answer.json()
    assert document["openapi"].startswith("3.1")
    shapes = document["components"]["schemas"]
    refs = set(re.findall(r'"#/components/schemas/(\w+)"', answer.text))
    assert refs <= set(shapes)
    assert shapes["Unit"]["additionalProperties"] is False
    formulas = shapes["Broadcast"]["properties"]["formulas"]["items"]
    assert formulas["discriminator"]["propertyName"] == "kind"
    assert formulas["discriminator"]["mapping"].keys() == {"satisfaction", "presentation"}
    operations = [entry for path in document["paths"].values() for entry in path.values()]
    assert len({entry["operationId"] for entry in operations}) == len(operations)
    for entry in operations:
        writes = bool(entry.get("security"))
        assert ("401" in entry["responses"]) == ("403" in entry["responses"] and writes) == writes
    held = await console.get("/api/openapi.json", headers={"If-None-Match": answer.headers["etag"]})
    assert held.status_code == 304


async def test_the_documents_page_needs_no_internet_and_no_script(console: Checked) -> None:
    page = await console.get("/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<script" not in page.text
    loaded = re.findall(r'(?:src|href)="([^"#]+)"', page.text)
    assert sorted(set(loaded)) == ["/api/openapi.json", "/docs/reference.css"]
    assert (await console.get("/docs/reference.css")).status_code == 200
    targets = set(re.findall(r'href="#(\w+)"', page.text))
    assert targets <= set(re.findall(r'id="(\w+)"', page.text))


async def test_the_vote_page_is_elsewhere(console: Checked) -> None:
    answer = await console.get("/vote?round=happy&unit=%E6%B0%B4&lang=zh")
    assert answer.status_code == 307
    query = "round=happy&unit=%E6%B0%B4&lang=zh"
    assert answer.headers["location"] == f"http://127.0.0.1:18081/vote?{query}"
    named = await console.get("/vote", headers={"Host": "vote.example.org:8080"})
    assert named.headers["location"] == "http://vote.example.org:18081/vote"
    odd = await console.get("/vote", headers={"Host": "a b@evil"})
    assert odd.status_code in (400, 307)
    assert "evil" not in odd.headers.get("location", "")


async def test_nothing_is_written_under_a_strangers_host_name(
    broker: KafkaAddress, console: Checked
) -> None:
    for host in ("evil.example.com", "127.0.0.1.evil.com:80", "a/b"):
        answer = await console.post("/api/broadcasts", content="", headers={"Host": host})
        assert answer.status_code in (400, 403)
    for host in ("localhost:9", "[::1]:8080", "10.0.0.7", "vote.example.org", "console:8080"):
        answer = await console.post("/api/rounds/r/open", headers={"Host": host})
        assert answer.status_code == 404, host
    assert (
        await console.get("/api/rounds", headers={"Host": "evil.example.com"})
    ).status_code == 200


async def test_who_keeps_guessing_tokens_is_told_to_wait_and_a_good_one_still_passes(
    console: Checked,
) -> None:
    bad = {"Authorization": "Bearer nonsense"}
    answers = [await console.post("/api/rounds/r/open", headers=bad) for _ in range(70)]
    late = [answer for answer in answers if answer.status_code == 429]
    assert late
    assert all(0 < int(answer.headers["retry-after"]) <= 60 for answer in late)
    assert (await console.post("/api/rounds/r/open")).status_code == 404


async def test_every_answer_has_its_headers_and_every_error_its_form(console: Checked) -> None:
    for method, path in (
        ("GET", "/api/rounds"),
        ("GET", "/nothing/here"),
        ("PUT", "/api/rounds"),
        ("OPTIONS", "/api/rounds"),
        ("GET", "/static/../serve.py"),
        ("GET", "/static/%2e%2e/serve.py"),
        ("GET", "/static/none.js"),
        ("DELETE", "/api/boards/x"),
        ("POST", "/healthz"),
    ):
        answer = await console.request(method, path)
        assert answer.status_code < 500, path
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-security-policy"]
        assert answer.headers["cache-control"]
        assert "access-control-allow-origin" not in answer.headers
        if answer.status_code >= 400:
            assert set(answer.json()["error"]) == {"reason", "field", "detail"}


async def test_a_body_that_is_nested_too_deeply_is_refused(console: Checked) -> None:
    for method, path in (
        ("POST", "/api/broadcasts/x/commands"),
        ("PUT", "/api/slots/x/marks"),
        ("POST", "/api/broadcasts/x/screens/all"),
    ):
        role = "evaluator" if method == "PUT" else "operator"
        headers = bearer(role) | {"Content-Type": "application/json"}
        answer = await console.request(method, path, content=b"[" * 30_000, headers=headers)
        assert answer.status_code == 400, path
        assert "nested too deeply" in answer.json()["error"]["detail"], path


async def test_static_files_are_asked_for_again_or_kept_for_good(console: Checked) -> None:
    first = await console.get("/static/tokens.css")
    assert first.headers["content-type"] == "text/css; charset=utf-8"
    assert (first.headers["cache-control"], first.headers["content-encoding"]) == (
        "no-cache",
        "gzip",
    )
    etag = first.headers["etag"]
    held = await console.get("/static/tokens.css", headers={"If-None-Match": etag})
    assert held.status_code == 304
    named = await console.get("/static/tokens.css", params={"v": etag.strip('"')})
    assert "immutable" in named.headers["cache-control"]


async def test_it_counts_for_prometheus(console: Checked) -> None:
    await console.get("/api/rounds")
    text = (await console.get("/metrics")).text
    assert 'tribune_console_requests_total{method="GET",route="/api/rounds",status="200"}' in text
    assert 'tribune_console_facts_total{type="log_opened"} 1.0' in text


async def test_pages_find_the_other_doors(console: Checked) -> None:
    assert (await console.get("/api/config")).json() == {
        "gateway_port": 18081,
        "push_port": 18082,
        "public_host": "vote.example.org",
        "languages": ["zh", "en"],
    }


async def test_screens_can_measure_their_clock_against_it(console: Checked) -> None:
    before = time.time_ns() // 1_000_000
    now = (await console.get("/api/time")).json()["now"]
    assert before <= now <= time.time_ns() // 1_000_000


async def test_it_starts_before_the_log_and_says_what_it_waits_for() -> None:
    port = free_port()
    away = KafkaAddress(f"127.0.0.1:{port}")
    async with running_console(away, ready=False) as console:
        health = await console.get("/healthz")
        assert health.status_code == 503
        assert f"the log at 127.0.0.1:{port} does not answer" in health.json()["problems"][0]
        for method, path in (
            ("GET", "/api/rounds"),
            ("GET", f"/api/boards/{BOARD}"),
            ("POST", "/api/rounds/happy/open"),
            ("POST", "/api/broadcasts"),
        ):
            answer = await console.request(method, path)
            assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
        with embedded_broker(port) as broker:
            while (await console.get("/healthz")).status_code != 200:
                await asyncio.sleep(0.1)
            [fact] = await messages(broker, Topic.BROADCASTS)
            assert (fact["type"], fact["incarnation"]) == ("log_opened", 1)


async def test_when_the_log_goes_it_reads_on_and_refuses_to_write() -> None:
    with embedded_broker() as broker:
        running = running_console(broker)
        console = await running.__aenter__()
        await console.get("/api/rounds")
    try:
        async with asyncio.timeout(30):
            # each topic is heard by itself, and a round is judged by this one
            while "broadcasts: nothing heard" not in (await console.get("/healthz")).text:
                await asyncio.sleep(0.1)
        assert (await console.get("/api/rounds")).status_code == 200
        began = time.monotonic()
        answer = await console.post("/api/rounds/happy/open")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        said = answer.json()["error"]["detail"]
        assert said.startswith("nothing was done: ") and said.endswith("; try again in a moment")
        assert time.monotonic() - began < 5
    finally:
        await running.__aexit__(None, None, None)


async def test_idle_connections_keep_nobody_out(console: Checked) -> None:
    port = console.base_url.port
    idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(600)]
    assert (await console.get("/api/rounds", timeout=5)).status_code == 200
    for _, writer in idle:
        writer.close()


async def test_a_port_in_use_is_an_error_at_once(broker: KafkaAddress) -> None:
    async with running_console(broker) as console:
        port = console.base_url.port
        assert port is not None
        with pytest.raises(OSError, match="in use"):
            await asyncio.wait_for(serve(console_config(broker, port), asyncio.Event()), 10)


async def test_what_is_asked_when_it_stops_is_still_answered(broker: KafkaAddress) -> None:
    port, stop = free_port(), asyncio.Event()
    task = asyncio.create_task(serve(console_config(broker, port), stop))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
        await answering(client, task, 200)

        async def body() -> AsyncIterator[bytes]:
            yield b"#"
            stop.set()
            await asyncio.sleep(0.3)
            yield b"#"

        answer = await client.post("/api/broadcasts", content=body(), headers=bearer())
        assert answer.json()["error"]["reason"] == "invalid_broadcast"
    await asyncio.wait_for(task, 10)
