"""The overlay for OBS: the board's first places, on nothing, or on a colour to key out."""

import random
import struct
import zlib

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.chromium import visitor
from tests.browser.evening import BOARD, Evening, county, silent, voted
from tests.browser.rehearsal import rehearsing

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


def _evening() -> Evening:
    return voted(county(12), 400, random.Random(7))


async def _corner(page: Page) -> tuple[int, ...]:
    """The first pixel of the screen: red, green, blue, and alpha when there is any."""
    png = await page.screenshot(omit_background=True)
    at, packed, channels = 8, b"", 0
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        if kind == b"IHDR":
            channels = {2: 3, 6: 4}[png[at + 17]]
        if kind == b"IDAT":
            packed += png[at + 8 : at + 8 + length]
        at += length + 12
    # whatever its filter, the first pixel of the first line stands there as it is
    return tuple(zlib.decompress(packed)[1 : 1 + channels])


async def test_the_ground_is_transparent(browser: Browser) -> None:
    async with rehearsing(_evening()) as (ports, _), visitor(browser) as obs:
        page = await obs.open(f"{ports.url}/overlay?board={BOARD}")
        await expect(page.locator("#plate")).to_be_visible()
        assert (await _corner(page))[3] == 0
        assert obs.problems == []


async def test_a_key_colour_fills_the_ground_and_no_plate_shines_through(browser: Browser) -> None:
    async with rehearsing(_evening()) as (ports, _), visitor(browser) as obs:
        page = await obs.open(f"{ports.url}/overlay?board={BOARD}&key=00ff00")
        await expect(page.locator("#plate")).to_be_visible()
        assert (await _corner(page))[:3] == (0, 255, 0)
        plate = await page.locator("#plate").evaluate(
            "node => getComputedStyle(node).backgroundColor"
        )
        assert plate.startswith("rgb(")


@pytest.mark.parametrize("key", ["red", "00ff0", "00ff00;x", "%3Cscript%3E"])
async def test_a_key_that_is_no_colour_changes_nothing(browser: Browser, key: str) -> None:
    async with rehearsing(_evening()) as (ports, _), visitor(browser) as obs:
        page = await obs.open(f"{ports.url}/overlay?board={BOARD}&key={key}")
        await expect(page.locator("#plate")).to_be_visible()
        assert (await _corner(page))[3] == 0


async def test_it_shows_the_first_places_only(browser: Browser) -> None:
    evening = _evening()
    async with rehearsing(evening) as (ports, stage), visitor(browser, lang="en") as obs:
        page = await obs.open(f"{ports.url}/overlay?board={BOARD}&top=3")
        names = page.locator("#ranked .name")
        leaders = [evening.names[row.unit] for row in evening.board().rows[:3]]
        await expect(names).to_have_text(leaders)
        last = evening.board().rows[-1].unit
        evening.counts[last] = [5_000, 0, 0, 0, 0]
        await stage.publish()
        await expect(names).to_have_text([evening.names[last], *leaders[:2]])


async def test_scale_makes_everything_larger(browser: Browser) -> None:
    widths: list[float] = []
    async with rehearsing(_evening()) as (ports, _), visitor(browser) as obs:
        for scale in ("1", "1.2"):
            page = await obs.open(f"{ports.url}/overlay?board={BOARD}&scale={scale}")
            await expect(page.locator("#plate")).to_be_visible()
            box = await page.locator("#plate").bounding_box()
            widths.append((box or {})["width"])
    assert widths[1] == pytest.approx(1.2 * widths[0], rel=0.01)


async def test_before_anything_is_ranked_it_says_from_when_on(browser: Browser) -> None:
    async with rehearsing(silent(county(3))) as (ports, _), visitor(browser, lang="en") as obs:
        page = await obs.open(f"{ports.url}/overlay?board={BOARD}")
        await expect(page.locator("#few")).to_have_text("Ranks appear from 30 rated ballots a unit")


async def test_without_a_board_nothing_is_on_air(browser: Browser) -> None:
    async with rehearsing(None) as (ports, _), visitor(browser) as obs:
        page = await obs.open(f"{ports.url}/overlay")
        await page.wait_for_load_state("networkidle")
        await expect(page.locator("#plate")).to_be_hidden()
