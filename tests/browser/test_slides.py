"""The slides: turned by a clicker, the same on every screen, black when the time is over."""

import io

import pytest
from PIL import Image
from playwright.async_api import Browser, expect

from tests.browser.chromium import visitor
from tests.browser.day import Day
from tests.browser.stage import staging

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


def _page(shade: int) -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (320, 180), (shade, 120, 90)).save(drawn, "WEBP")
    return drawn.getvalue()


async def test_a_clicker_turns_the_pages_on_every_screen(browser: Browser) -> None:
    day = Day()
    async with staging(day) as (ports, hall), visitor(browser, lang="en") as screen:
        hall.decks["s1"] = [_page(shade) for shade in (10, 120, 230)]
        page = await screen.open(f"{ports.url}/slides#token")
        await expect(page.locator("h1")).to_have_text("Chen Jianguo")
        day.give({"command": "start_presentation"})
        await hall.publish()
        slide = page.locator("#slide")
        await expect(slide).to_be_visible()
        other = await screen.open(f"{ports.url}/slides#token")
        await expect(other.locator("#slide")).to_have_attribute("alt", "1 / 3")
        for key, shown in (("PageDown", "2 / 3"), ("Space", "3 / 3"), ("PageUp", "2 / 3")):
            await page.bring_to_front()
            await page.keyboard.press(key)
            await expect(slide).to_have_attribute("alt", shown)
            await expect(other.locator("#slide")).to_have_attribute("alt", shown)
        assert day.pages == {"s1": 2}
        assert screen.problems == []


async def test_the_slides_are_black_at_the_cut(browser: Browser) -> None:
    day = Day()
    day.give({"command": "start_presentation"})
    async with staging(day) as (ports, hall), visitor(browser) as screen:
        hall.decks["s1"] = [_page(10)]
        page = await screen.open(f"{ports.url}/slides#token")
        await expect(page.locator("body")).to_have_attribute("data-shows", "slide")
        day.start_again(700)
        await hall.publish()
        await expect(page.locator("body")).to_have_attribute("data-shows", "black")
        await expect(page.locator("#slide")).to_be_hidden()


async def test_without_slides_the_presenter_stands_there_by_name(browser: Browser) -> None:
    day = Day()
    day.give({"command": "start_presentation"})
    async with staging(day) as (ports, _), visitor(browser, lang="en") as screen:
        page = await screen.open(f"{ports.url}/slides#token")
        await expect(page.locator("#note")).to_have_text("No slides")
        await expect(page.locator("h1")).to_be_visible()
