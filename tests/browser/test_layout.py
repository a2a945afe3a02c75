"""Nothing is pushed off a screen, covered or cut: the longest names, every size of screen."""

import io
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from msgspec import structs
from PIL import Image
from playwright.async_api import Browser, Page, expect

from schemas.broadcasts import Text
from tests.browser.chromium import visitor
from tests.browser.day import Day, presentation_day
from tests.browser.serving import Ports
from tests.browser.stage import staging

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

WHO = Text(
    "古丽巴哈尔·阿不都热合曼诺娃·买买提吐尔逊·艾合买提", "Maximilian Wolfeschlegelsteinhausenberger"
)
OFFICE = Text(
    "（县人民政府派驻综合协调办公室）",
    " and the Office of Comprehensive Coordination of the County",
)
PAGES = {
    "/stage": "#digits",
    "/overlay?view=lowerthird": "#third",
    "/operator#token=any": "#digits",
    "/judge#card": "#presenter",
    "/slides#token": "#presenter",
    "/ledger": "#rows tr",
    "/board?board=presentations:secretaries": "#places .row",
    "/overlay?view=board&board=presentations:secretaries": "#places .row",
}
CHECKS = Path(__file__).with_name("checks.js").read_text()
SPILT = """() => [...document.querySelectorAll(":is(#places, #slots) b, #air-title ~ p b")]
    .filter((node) => node.checkVisibility() && getComputedStyle(node).overflowX !== "hidden")
    .filter((node) => node.scrollWidth > node.parentElement.clientWidth + 1)
    .map((node) => node.textContent)"""
OUTSIDE = """(hero) => {
    const { left, right, top, bottom } = document.querySelector(hero).getBoundingClientRect();
    const wide = document.documentElement.scrollWidth - innerWidth;
    return { left: left < 0, right: right > innerWidth, top: top < 0, wide: wide > 0 };
}"""
CUT = """() => [...document.querySelectorAll(".key")].filter((key) => key.checkVisibility())
    .filter((key) => key.scrollWidth > key.clientWidth || key.scrollHeight > key.clientHeight)
    .map((key) => key.innerText)"""
ROWS = """() => new Set([...document.querySelectorAll(".key")].map((key) =>
    Math.round(key.getBoundingClientRect().top))).size"""
CROSS = """([one, other]) => {
    const [a, b] = [one, other].map((each) => document.querySelector(each).getBoundingClientRect());
    return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}"""
ASIDE = """() => {
    const { left, right } = document.getElementById("slide").getBoundingClientRect();
    return Math.abs(left - (innerWidth - right));
}"""


def _long_day() -> Day:
    whole = presentation_day(10)
    units = [
        structs.replace(unit, name=Text(unit.name.zh + OFFICE.zh, unit.name.en + OFFICE.en))
        for unit in whole.units
    ]
    slots = [structs.replace(slot, presenter=WHO) if slot.unit else slot for slot in whole.slots]
    day = Day(
        broadcast=structs.replace(whole, units=units, slots=slots),
        devices={"hall": {}, "broadcast": {}},
        rehearsal=True,
    )
    day.give({"command": "start_presentation"})
    day.confirm()
    day.close("secretaries")
    day.reveal("secretaries", "all")
    return day


def _page() -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (320, 180), (240, 240, 240)).save(drawn, "WEBP")
    return drawn.getvalue()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ports() -> AsyncGenerator[Ports]:
    async with staging(_long_day()) as (ports, _):
        yield ports


@asynccontextmanager
async def _opened(browser: Browser, url: str, size: str, lang: str = "en") -> AsyncGenerator[Page]:
    async with visitor(browser, size, lang=lang) as reader:
        page = await reader.open(url)
        await expect(page.locator("body")).to_have_attribute("data-live", "live", timeout=20_000)
        yield page


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("size", ["phone", "laptop"])
@pytest.mark.parametrize("path", PAGES)
async def test_the_longest_names_push_nothing_off_the_screen(
    browser: Browser, ports: Ports, path: str, size: str, lang: str
) -> None:
    async with _opened(browser, f"{ports.url}{path}", size, lang) as page:
        await expect(page.locator(PAGES[path]).first).to_be_visible()
        found = await page.evaluate(OUTSIDE, PAGES[path])
        assert found == dict.fromkeys(("left", "right", "top", "wide"), False)
        assert await page.evaluate(SPILT) == []


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("size", ["phone", "tablet", "laptop", "hall"])
async def test_no_word_of_a_key_is_cut(
    browser: Browser, ports: Ports, size: str, lang: str
) -> None:
    async with _opened(browser, f"{ports.url}/operator#token=any", size, lang) as page:
        await expect(page.locator(".key.stop")).to_be_enabled()
        assert await page.evaluate(CUT) == []


async def test_a_tablet_shows_the_clock_the_microphones_and_every_key_without_scrolling(
    browser: Browser, ports: Ports
) -> None:
    async with _opened(browser, f"{ports.url}/operator#token=any", "tablet") as page:
        await expect(page.locator("#devices li")).to_have_count(2)
        for hero in ("#digits", "#devices li:last-child"):
            await expect(page.locator(hero)).to_be_in_viewport(ratio=1)
            assert not await page.evaluate(CROSS, [hero, "#keys"])
        assert await page.evaluate(ROWS) == 1


@pytest.mark.parametrize(
    ("path", "words"),
    [("/operator#token=any", "#live"), ("/judge#card", "#old"), ("/stage", "#live")],
)
async def test_a_lost_connection_is_said_in_words_that_are_read_well(
    browser: Browser, path: str, words: str
) -> None:
    async with staging(_long_day()) as (ports, hall), visitor(browser, lang="en") as reader:
        page = await reader.open(f"{ports.url}{path}")
        await expect(page.locator("body")).to_have_attribute("data-live", "live", timeout=20_000)
        await hall.cut()
        await expect(page.locator(words)).to_contain_text("econnecting", timeout=20_000)
        assert await page.evaluate(f"{CHECKS}.faint()") == []
        assert await page.evaluate("document.body.scrollWidth <= innerWidth")


@pytest.mark.parametrize("plate", ["sheet", "cards", "preflight"])
async def test_what_lies_over_the_desk_leaves_the_clock_to_be_seen(
    browser: Browser, ports: Ports, plate: str
) -> None:
    async with visitor(browser, "laptop", lang="en") as operator:
        page = await operator.open(f"{ports.url}/operator#token=any")
        await expect(page.locator(".key.stop")).to_be_enabled()
        await page.locator(f"#{plate}-open").click()
        await expect(page.locator(f"#{plate}")).to_be_visible()
        assert not await page.evaluate(CROSS, ["#digits", f"#{plate}"])


async def test_a_slide_stands_in_the_middle_of_the_stage_with_the_clock_below(
    browser: Browser,
) -> None:
    day = _long_day()
    day.tell("left", {"view": "slides"})
    async with staging(day) as (ports, hall):
        hall.decks["s1"] = [_page()]
        async with _opened(browser, f"{ports.url}/stage?screen=left", "hall") as page:
            await expect(page.locator("#slide")).to_be_visible()
            assert await page.evaluate(ASIDE) < 2
            for other in ("#slide", "#word"):
                assert not await page.evaluate(CROSS, ["#digits", other])
