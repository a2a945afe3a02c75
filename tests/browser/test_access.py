"""Everyone can use the pages: names, order, contrast and size of what stands there, by keyboard."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.chromium import visitor
from tests.browser.drawn import drawn_vote_page
from tests.browser.evening import Evening, county, voted
from tests.browser.rehearsal import rehearsing
from tests.browser.serving import Ports

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

Served = tuple[Evening, Ports]
READY = {"/": ".open", "/board": "#ranked .row", "/overlay": "#ranked .row"}
PAGES = ["/", "/board", "/overlay", "vote: units", "vote: unit"]

CHECKS = Path(__file__).with_name("checks.js").read_text()


async def _check(page: Page, name: str) -> list[str]:
    return await page.evaluate(f"{CHECKS}.{name}()")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served() -> AsyncIterator[Served]:
    evening = voted(county(12), 200, random.Random(7))
    evening.counts[evening.broadcast.units[0].id] = [1, 2, 3, 0, 0]
    async with rehearsing(evening) as (ports, _):
        yield evening, ports


@asynccontextmanager
async def _opened(
    browser: Browser, served: Served, path: str, size: str, **more: str
) -> AsyncIterator[Page]:
    evening, ports = served
    async with visitor(browser, size, lang="en", **more) as reader:
        if path.startswith("vote"):
            page = await reader.context.new_page()
            await page.set_content(drawn_vote_page(evening.broadcast, unit=path.endswith("unit")))
        else:
            page = await reader.open(f"{ports.url}{path}")
            await expect(page.locator(READY[path]).first).to_be_visible()
        yield page


@pytest.mark.parametrize("size", ["hall", "phone"])
@pytest.mark.parametrize("path", PAGES)
async def test_a_page_has_names_roles_and_order(
    browser: Browser, served: Served, path: str, size: str
) -> None:
    async with _opened(browser, served, path, size) as page:
        assert await _check(page, "faults") == []


@pytest.mark.parametrize("size", ["hall", "phone"])
@pytest.mark.parametrize("path", PAGES)
async def test_every_word_stands_out_from_its_ground(
    browser: Browser, served: Served, path: str, size: str
) -> None:
    async with _opened(browser, served, path, size) as page:
        assert await _check(page, "faint") == []


@pytest.mark.parametrize("path", PAGES)
async def test_what_is_tapped_is_large_enough(browser: Browser, served: Served, path: str) -> None:
    async with _opened(browser, served, path, "phone") as page:
        assert await _check(page, "small") == []


async def test_the_five_buttons_are_at_least_56_pixels_high(
    browser: Browser, served: Served
) -> None:
    async with _opened(browser, served, "vote: unit", "phone") as page:
        heights = await page.locator("button").evaluate_all(
            "nodes => nodes.map(node => node.getBoundingClientRect().height)"
        )
        assert len(heights) == 5
        assert min(heights) >= 56
        last = await page.locator("button").last.bounding_box()
        assert last is not None
        assert last["y"] + last["height"] <= 844


@pytest.mark.parametrize("path", ["/", "/board", "vote: units", "vote: unit"])
async def test_every_control_is_reached_by_tab_and_shows_its_focus(
    browser: Browser, served: Served, path: str
) -> None:
    async with _opened(browser, served, path, "hall") as page:
        controls = "a[href], button, input:not([type=hidden])"
        count = await page.locator(f":is({controls}):visible").count()
        assert count
        reached = set()
        for _ in range(count):
            await page.keyboard.press("Tab")
            focus = await page.evaluate("""() => {
                const node = document.activeElement, style = getComputedStyle(node);
                const all = [...document.querySelectorAll("*")];
                return [all.indexOf(node), style.outlineStyle, parseFloat(style.outlineWidth)];
            }""")
            reached.add(focus[0])
            assert focus[1] == "solid"
            assert focus[2] >= 2
        assert len(reached) == count


@pytest.mark.parametrize("path", PAGES)
async def test_nothing_is_cut_off_when_it_is_zoomed_to_320_pixels(
    browser: Browser, served: Served, path: str
) -> None:
    async with _opened(browser, served, path, "narrow") as page:
        if path != "/overlay":
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("path", PAGES)
async def test_forced_colours_keep_the_choices_and_the_words(
    browser: Browser, served: Served, path: str
) -> None:
    async with _opened(browser, served, path, "hall", forced_colors="active") as page:
        await expect(page.locator("h1")).to_be_visible()
        if path == "/board":
            grounds = await page.locator("#ranked .row:first-child .segment").evaluate_all(
                "nodes => nodes.slice(0, 4).map(node => getComputedStyle(node).backgroundColor)"
            )
            assert len(set(grounds)) == 4
