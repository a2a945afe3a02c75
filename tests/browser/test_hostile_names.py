"""Names that look like markup stay text on every page."""

from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio
from msgspec import structs
from playwright.async_api import Browser, Page, expect

from schemas.broadcasts import Text
from tests.browser.chromium import visitor
from tests.browser.day import Day, presentation_day
from tests.browser.serving import Ports
from tests.browser.stage import Hall, staging
from tests.support.fakes import until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

IMAGE = "<img src=x onerror=window.hurt=1>"
SCRIPT = '"><script>window.hurt=1</script>'
SCREEN = "<b onclick=hurt=1>left"
HURT = """() => window.hurt !== undefined
    || document.querySelector("img[onerror], b[onclick], script:not([src], [type])") !== null"""
BOARD = "board=presentations:departments"
PAGES = {
    "/stage": ("#presenter", IMAGE),
    "/overlay?view=lowerthird": ("#third", IMAGE),
    f"/overlay?view=board&{BOARD}": ("#places", SCRIPT),
    f"/board?{BOARD}": ("#places", SCRIPT),
    "/operator#token=any": ("#presenter", IMAGE),
    "/judge#card": ("#presenter", IMAGE),
    "/slides#token": ("#presenter", IMAGE),
    "/ledger": ("#rows", IMAGE),
}


def _hostile_day() -> Day:
    image, script = Text(IMAGE, IMAGE), Text(SCRIPT, SCRIPT)
    whole = presentation_day()
    units = [structs.replace(unit, name=script) for unit in whole.units]
    slots = [
        structs.replace(slot, presenter=image if slot.unit else None, title=script)
        for slot in whole.slots
    ]
    groups = [structs.replace(group, title=image) for group in whole.groups]
    evaluators = [structs.replace(each, name=image) for each in whole.evaluators]
    named = {"units": units, "slots": slots, "groups": groups, "evaluators": evaluators}
    day = Day(
        broadcast=structs.replace(whole, title=script, **named), devices={"hall": {}, "air": {}}
    )
    for command in ("start_presentation", "finish_presentation", "start_presentation"):
        day.give({"command": command})
    day.confirm()
    day.close("departments")
    day.reveal("departments", "all")
    day.correct(SCRIPT)
    day.tell("all", {"message": IMAGE})
    return day


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def staged() -> AsyncGenerator[tuple[Ports, Hall]]:
    async with staging(_hostile_day()) as staged:
        yield staged


async def _is_unhurt(page: Page) -> None:
    await expect(page.locator("body")).to_have_attribute("data-live", "live", timeout=20_000)
    assert not await page.evaluate(HURT)


@pytest.mark.parametrize("path", PAGES)
async def test_a_name_that_looks_like_markup_stays_text(
    browser: Browser, staged: tuple[Ports, Hall], path: str
) -> None:
    ports, _ = staged
    async with visitor(browser, lang="en") as reader:
        page = await reader.open(f"{ports.url}{path}")
        where, name = PAGES[path]
        await expect(page.locator(where)).to_contain_text(name)
        await _is_unhurt(page)
        assert reader.problems == []


async def test_a_message_that_looks_like_markup_stays_text_on_the_stage(
    browser: Browser, staged: tuple[Ports, Hall]
) -> None:
    ports, _ = staged
    async with visitor(browser, lang="en") as reader:
        page = await reader.open(f"{ports.url}/stage")
        await expect(page.locator("#message")).to_have_text(IMAGE)
        await _is_unhurt(page)


async def test_the_reason_of_a_correction_that_looks_like_markup_stays_text(
    browser: Browser, staged: tuple[Ports, Hall]
) -> None:
    ports, _ = staged
    async with visitor(browser, lang="en") as reader:
        page = await reader.open(f"{ports.url}/board?{BOARD}")
        await expect(page.locator("body")).to_contain_text("Version 2")
        await expect(page.locator("body")).to_contain_text(SCRIPT)
        await _is_unhurt(page)


async def test_the_name_of_a_screen_and_of_an_evaluator_stay_text_at_the_desk(
    browser: Browser, staged: tuple[Ports, Hall]
) -> None:
    ports, hall = staged
    async with visitor(browser, lang="en") as reader:
        await reader.open(f"{ports.url}/stage?screen=left")
        await until(lambda: bool(hall.screens))
        hall.screens["forged"] = next(iter(hall.screens.values())) | {"name": SCREEN}
        page = await reader.open(f"{ports.url}/operator#token=any")
        await expect(page.locator("#screens")).to_contain_text(SCREEN)
        await page.locator("#cards-open").click()
        await expect(page.locator("#cards")).to_contain_text(IMAGE)
        await _is_unhurt(page)
        assert reader.problems == []


async def test_a_reason_not_to_mark_that_looks_like_markup_stays_text(
    browser: Browser,
) -> None:
    async with staging(_hostile_day()) as (ports, hall), visitor(browser, lang="en") as judge:
        hall.day.closed.clear()
        hall.day.revealed.clear()
        hall.marks["s2"] = {"recused": SCRIPT}
        page = await judge.open(f"{ports.url}/judge#card")
        await expect(page.locator("#notice")).to_contain_text(SCRIPT)
        await _is_unhurt(page)
