"""The slides: turned by a clicker, the same on every screen, black when the time is over."""

import asyncio
import io

import pytest
from PIL import Image
from playwright.async_api import Browser, Page, expect

from tests.browser.chromium import visitor
from tests.browser.day import Day
from tests.browser.stage import staging

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


SHADE = """() => {
    const canvas = document.createElement("canvas");
    const ground = canvas.getContext("2d");
    ground.drawImage(document.getElementById("slide"), 0, 0);
    return ground.getImageData(5, 5, 1, 1).data[0];
}"""


async def _until_shade(page: Page, shade: int) -> None:
    """Wait until the slide that is shown is as red as that."""
    async with asyncio.timeout(10):
        while abs(await page.evaluate(SHADE) - shade) > 12:
            await asyncio.sleep(0.03)


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


async def test_the_stage_is_pointed_at_the_slides_and_follows_every_turn(browser: Browser) -> None:
    day = Day()
    async with staging(day) as (ports, hall), visitor(browser, lang="en") as screen:
        hall.decks["s1"] = [_page(shade) for shade in (10, 120, 230)]
        page = await screen.open(f"{ports.url}/stage?screen=left")
        day.tell("left", {"view": "slides"})
        await hall.publish()
        await expect(page.locator("body")).to_have_attribute("data-view", "slides")
        await expect(page.locator("#slide")).to_be_hidden()
        day.give({"command": "start_presentation"})
        await hall.publish()
        await expect(page.locator("#slide")).to_be_visible()
        await expect(page.locator("#digits")).to_be_visible()
        await _until_shade(page, 10)
        day.turn("s1", 3)
        await hall.publish()
        await _until_shade(page, 230)
        day.start_again(500)
        await hall.publish()
        await expect(page.locator("body")).to_have_attribute("data-phase", "over")
        await expect(page.locator("#slide")).to_be_hidden()
        day.give({"command": "add_time", "added_ms": 60_000})
        await hall.publish()
        await expect(page.locator("#slide")).to_be_visible()
        day.tell("left", {"view": "own"})
        await hall.publish()
        await expect(page.locator("#slide")).to_be_hidden()
        assert [each for each in screen.problems if "404" not in each] == []


async def test_the_overlay_shows_the_slides_without_a_token(browser: Browser) -> None:
    day = Day()
    day.give({"command": "start_presentation"})
    async with staging(day) as (ports, hall), visitor(browser) as screen:
        hall.decks["s1"] = [_page(120)]
        page = await screen.open(f"{ports.url}/overlay?view=slides")
        await expect(page.locator("#slide")).to_be_visible()
        day.give({"command": "finish_presentation"})
        await hall.publish()
        await expect(page.locator("#slide")).to_be_hidden()


async def test_the_projector_is_pointed_at_the_clock_and_at_a_ranking_and_back(
    browser: Browser,
) -> None:
    day = Day()
    day.give({"command": "start_presentation"})
    async with staging(day) as (ports, hall), visitor(browser, lang="en") as screen:
        hall.decks["s1"] = [_page(120)]
        page = await screen.open(f"{ports.url}/slides#token")
        await expect(page.locator("#slide")).to_be_visible()
        (name,) = {each["name"] for each in hall.screens.values()}

        async def told(view: str) -> None:
            day.tell(name, {"view": view})
            await hall.publish()

        await told("clock")
        await expect(page.locator("#digits")).to_be_visible()
        await expect(page.locator("#live")).to_have_text("Live")
        day.reveal("departments", 1)
        await told("board")
        await expect(page.locator("#places .row").last).to_be_visible()
        await told("own")
        await expect(page.locator("#slide")).to_be_visible()
        await expect(page.locator("#live")).to_have_text("Live")
        assert {each["name"] for each in hall.screens.values()} == {name}
        assert screen.problems == []


async def test_a_stage_that_made_up_its_name_is_led_to_a_ranking_and_back(browser: Browser) -> None:
    day = Day()
    async with staging(day) as (ports, hall), visitor(browser) as screen:
        page = await screen.open(f"{ports.url}/stage")
        await expect(page.locator("body")).to_have_attribute("data-live", "live")
        (name,) = {each["name"] for each in hall.screens.values()}
        day.reveal("departments", 1)
        day.tell(name, {"view": "board"})
        await hall.publish()
        await expect(page.locator("#places .row").last).to_be_visible()
        await expect(page.locator("body")).to_have_attribute("data-live", "live")
        assert {each["page"] for each in hall.screens.values()} == {"board"}
        day.tell(name, {"view": "clock"})
        await hall.publish()
        await expect(page.locator("#digits")).to_be_visible()
