"""Slides through the console: uploaded by operators, shown by who has a token, told by slot."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from schemas.addresses import KafkaAddress
from schemas.sessions import PresentationStarted
from schemas.topics import Topic
from schemas.wire import encode
from streams.log.kafka import KafkaLog
from streams.log.producer import LogProducer
from tests.support.console import Checked, bearer, running_console
from tests.support.presenting import day
from tests.system.test_decks import pdf
from tests.system.test_decks_office import SLIDES, needs_office

DECK = "/api/slots/day-s1/deck"
PDF = {"content-type": "application/pdf"}


@pytest.fixture
async def console(broker: KafkaAddress, tmp_path: Path) -> AsyncIterator[Checked]:
    async with running_console(broker, decks=tmp_path / "decks") as running:
        answer = await running.post("/api/broadcasts", content=day())
        assert answer.status_code in (200, 201), answer.text
        yield running


async def _upload(console: Checked, content: bytes) -> httpx.Response:
    return await console.put(f"{DECK}?name=housing.pdf", content=content, headers=PDF)


async def test_a_deck_is_uploaded_listed_shown_and_put_away(console: Checked) -> None:
    deck = (await _upload(console, pdf(2))).json()
    assert (deck["slot"], deck["name"], deck["pages"]) == ("day-s1", "housing.pdf", 2)
    assert (await console.get("/api/broadcasts/day/decks")).json() == [deck]
    assert (await console.get(DECK)).json() == deck
    page = await console.get(f"{DECK}/2", headers=bearer("stage"))
    assert page.headers["content-type"] == "image/webp"
    assert page.content[8:12] == b"WEBP"
    held = {"if-none-match": page.headers["etag"]}
    assert (await console.get(f"{DECK}/2", headers=held)).status_code == 304
    assert (await console.get(f"{DECK}/3")).status_code == 404
    assert (await console.delete(DECK)).status_code == 204
    assert (await console.get(DECK)).json()["error"]["reason"] == "no_deck"


@needs_office
async def test_a_powerpoint_file_is_shown_as_pictures(console: Checked) -> None:
    answer = await console.put(f"{DECK}?name=slides.pptx", content=SLIDES, timeout=120)
    assert (answer.status_code, answer.json()["pages"]) == (200, 2)
    pages = [(await console.get(f"{DECK}/{page}", headers=bearer("stage"))) for page in (1, 2)]
    assert [page.content[8:12] for page in pages] == [b"WEBP", b"WEBP"]


async def test_what_is_no_deck_is_refused_with_what_to_do(console: Checked) -> None:
    answer = await _upload(console, b"hello")
    assert answer.status_code == 400
    assert "save the slides as PDF" in answer.json()["error"]["detail"]


async def test_slides_are_not_for_everybody(console: Checked) -> None:
    await _upload(console, pdf(1))
    for path in (DECK, f"{DECK}/1", "/api/broadcasts/day/decks"):
        for headers in ({"authorization": ""}, bearer("evaluator"), bearer("analyst")):
            assert (await console.get(path, headers=headers)).status_code in (401, 403), path
    for role in ("stage", "evaluator"):
        answer = await console.put(DECK, content=pdf(1), headers=bearer(role))
        assert answer.status_code == 403


async def _start(kafka: KafkaAddress, console: Checked) -> None:
    """Start the first presentation, as the worker would."""
    at = time.time_ns() // 1_000_000
    fact = PresentationStarted(
        at=at,
        id="go",
        broadcast="day",
        slot="day-s1",
        group="day-group",
        started_at=at,
        warn_at=at + 290_000,
        ends_at=at + 300_000,
        allotted_ms=300_000,
        warning_ms=10_000,
    )
    producer = LogProducer(KafkaLog(kafka), answer_within_s=10)
    await producer.start()
    await producer.send(Topic.SESSIONS, encode(fact), partition=0)
    await producer.stop()
    async with asyncio.timeout(20):
        while (await console.get("/api/broadcasts/day/session")).json()["slot"] is None:
            await asyncio.sleep(0.05)


async def test_the_page_on_the_wall_is_for_everybody_and_no_other_is(
    console: Checked, broker: KafkaAddress
) -> None:
    await _upload(console, pdf(3))
    nobody = {"authorization": ""}

    async def seen(page: int, slot: str = "day-s1") -> int:
        path = f"/api/slots/{slot}/deck/{page}/live"
        return (await console.get(path, headers=nobody)).status_code

    assert await seen(1) == 404
    await _start(broker, console)
    assert [await seen(page) for page in (1, 2, 4)] == [200, 404, 404]
    assert await seen(1, "day-s2") == 404
    turned = {"slot": "day-s1", "page": 2}
    assert (await console.post("/api/broadcasts/day/pages", json=turned)).status_code == 204
    assert [await seen(page) for page in (1, 2)] == [404, 200]


@pytest.mark.parametrize("slot", ["nobody", "..", "%2e%2e%2fetc"])
async def test_only_a_slot_of_a_rundown_has_slides(console: Checked, slot: str) -> None:
    answer = await console.put(f"/api/slots/{slot}/deck", content=pdf(1), headers=PDF)
    assert answer.status_code in (404, 405)
