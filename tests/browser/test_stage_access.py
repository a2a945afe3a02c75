"""Everyone can use the pages of the presentation day: names, order, contrast, size, by keyboard."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.chromium import visitor
from tests.browser.day import Day, presentation_day
from tests.browser.serving import Ports
from tests.browser.stage import staging

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

READY = {
    "/stage": "#digits",
    "/overlay?view=lowerthird": "#third",
    "/overlay?view=board&board=presentations:secretaries": "#places .row",
    "/board?board=presentations:secretaries": "#places .row",
    "/operator#token=any": "#slots li",
    "/judge#card": "#submit",
    "/slides#token": "h1",
    "/ledger": "#rows tr",
}
COVERED = """() => [...document.getElementById("slot-form").elements].filter((node) => {
    node.focus();
    const { top } = document.getElementById("keys").getBoundingClientRect();
    return node.checkVisibility() && node.getBoundingClientRect().bottom > top;
}).map((node) => node.name)"""
ON_A_GROUND = [path for path in READY if not path.startswith("/overlay")]
CHECKS = Path(__file__).with_name("checks.js").read_text()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ports() -> AsyncGenerator[Ports]:
    day = Day(devices={"hall": {}, "broadcast": {}})
    for command in ("start_presentation", "finish_presentation", "start_presentation"):
        day.give({"command": command})
    day.confirm()
    day.devices["broadcast"] |= {"state": "silent", "attempts": 3}
    day.close("secretaries")
    day.reveal("secretaries", 2)
    async with staging(day) as (ports, _):
        yield ports


@asynccontextmanager
async def _opened(browser: Browser, ports: Ports, path: str, size: str) -> AsyncGenerator[Page]:
    async with visitor(browser, size, lang="en") as reader:
        page = await reader.open(f"{ports.url}{path}")
        await expect(page.locator(READY[path]).first).to_be_visible()
        await expect(page.locator("body")).to_have_attribute("data-live", "live")
        yield page
        assert reader.problems == []


async def _check(page: Page, name: str) -> list[str]:
    return await page.evaluate(f"{CHECKS}.{name}()")


@pytest.mark.parametrize("size", ["hall", "phone"])
@pytest.mark.parametrize("path", READY)
async def test_a_page_has_names_roles_order_and_contrast(
    browser: Browser, ports: Ports, path: str, size: str
) -> None:
    async with _opened(browser, ports, path, size) as page:
        found = await _check(page, "faults")
        if path.startswith("/overlay"):
            found = [fault for fault in found if fault != "not one h1"]
        assert found == []
        assert await _check(page, "faint") == []
        assert await _check(page, "small") == []


@pytest.mark.parametrize("path", ON_A_GROUND)
async def test_nothing_is_cut_off_when_it_is_zoomed_to_320_pixels(
    browser: Browser, ports: Ports, path: str
) -> None:
    async with _opened(browser, ports, path, "narrow") as page:
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("path", ["/operator#token=any", "/judge#card"])
async def test_every_control_is_reached_by_tab_and_shows_its_focus(
    browser: Browser, ports: Ports, path: str
) -> None:
    async with _opened(browser, ports, path, "hall") as page:
        controls = "a[href], button:enabled, input:enabled:not([type=hidden]), select, summary"
        count = await page.locator(f":is({controls}):visible").count()
        reached: set[int] = set()
        for _ in range(count):
            await page.keyboard.press("Tab")
            at, style, width = await page.evaluate("""() => {
                const node = document.activeElement, style = getComputedStyle(node);
                const all = [...document.querySelectorAll("*")];
                return [all.indexOf(node), style.outlineStyle, parseFloat(style.outlineWidth)];
            }""")
            reached.add(at)
            assert style == "solid"
            assert width >= 2
        assert len(reached) == count


@pytest.mark.parametrize("act", ["edit", "insert"])
@pytest.mark.parametrize("size", ["hall", "phone", "narrow"])
async def test_the_form_of_a_slot_has_names_and_contrast_and_its_focus_is_not_covered(
    browser: Browser, ports: Ports, size: str, act: str
) -> None:
    async with _opened(browser, ports, "/operator#token=any", size) as page:
        await page.locator("[data-slot=s3]").click()
        await page.locator(f"[data-act={act}]").click()
        await expect(page.locator("#slot-form")).to_be_visible()
        for check in ("faults", "faint", "small"):
            assert await _check(page, check) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await page.evaluate(COVERED) == []


STICKS_OUT = """scores => scores.filter(score => {
  const [words, row] = [document.createRange(), score.closest(".row").getBoundingClientRect()];
  words.selectNodeContents(score);
  const box = words.getBoundingClientRect();
  return box.top < row.top || box.bottom > row.bottom || box.right > row.right + 1;
}).length"""


@pytest.mark.parametrize("size", ["laptop", "hall", "phone"])
async def test_the_words_in_the_place_of_a_score_stay_in_their_row(
    browser: Browser, size: str
) -> None:
    day = Day(presentation_day(12))
    for place in range(2, 12):
        day.give({"command": "skip_slot", "slot": f"s{place + 1}"})
    day.close("departments")
    day.reveal("departments", "all")
    async with staging(day) as (ports, _), visitor(browser, size, lang="en") as reader:
        page = await reader.open(f"{ports.url}/board?board=presentations:departments")
        await expect(page.locator("#places .row:not(.hidden)")).to_have_count(12)
        assert await page.locator("#places .score").evaluate_all(STICKS_OUT) == 0
