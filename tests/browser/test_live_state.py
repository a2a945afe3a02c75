"""A screen says how fresh it is: live, reconnecting with the age of what it shows, out of date."""

import asyncio
import random
import re

import pytest
from playwright.async_api import Browser, expect

from tests.browser.chromium import visitor
from tests.browser.evening import Evening, county, now_ms, voted
from tests.browser.rehearsal import rehearsing

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


def _evening() -> Evening:
    return voted(county(5), 400, random.Random(7))


@pytest.mark.parametrize("path", ["/board", "/overlay"])
async def test_a_lost_connection_is_said_with_the_age_and_mended_with_the_newest(
    browser: Browser, path: str
) -> None:
    evening = _evening()
    async with rehearsing(evening) as (ports, stage), visitor(browser, lang="en") as viewer:
        page = await viewer.open(f"{ports.url}{path}")
        await expect(page.locator("body")).to_have_attribute("data-live", "live")
        await stage.cut()
        await expect(page.locator("body")).to_have_attribute("data-live", "reconnecting")
        await expect(page.locator("#live")).to_have_text(
            re.compile(r"^Reconnecting · picture is \d+ s old$")
        )
        last = evening.board().rows[-1].unit
        evening.counts[last] = [9_000, 0, 0, 0, 0]
        evening.edition += 1
        stage.listening = True
        await expect(page.locator("body")).to_have_attribute("data-live", "live", timeout=15_000)
        await expect(page.locator("#live")).to_have_text("Live")
        await expect(page.locator("#ranked .name").first).to_have_text(evening.names[last])


async def test_what_is_old_is_greyed_and_called_out_of_date(browser: Browser) -> None:
    async with rehearsing(_evening()) as (ports, stage), visitor(browser, lang="en") as viewer:
        page = await viewer.open(f"{ports.url}/board")
        await expect(page.locator("body")).to_have_attribute("data-live", "live")
        await page.clock.install()
        await stage.cut()
        await page.clock.run_for(30_000)
        await expect(page.locator("body")).to_have_attribute("data-live", "stale")
        await expect(page.locator("#live")).to_contain_text("Out of date")
        grey = "getComputedStyle(document.querySelector('#field')).filter"
        assert "grayscale" in await page.evaluate(grey)


@pytest.mark.parametrize("source", ["log", "boards"])
async def test_a_push_that_hears_nothing_new_is_not_live(browser: Browser, source: str) -> None:
    async with rehearsing(_evening()) as (ports, stage), visitor(browser) as viewer:
        page = await viewer.open(f"{ports.url}/board")
        await expect(page.locator("body")).to_have_attribute("data-live", "live")
        heard = {"type": "status", "log": "heard", "boards": "heard", "since": now_ms() - 2_000}
        stage.tell(heard | {source: "silent"})
        await expect(page.locator("body")).to_have_attribute("data-live", "reconnecting")
        stage.tell(heard)
        await expect(page.locator("body")).to_have_attribute("data-live", "live")


async def test_an_older_board_never_replaces_a_newer_one(browser: Browser) -> None:
    evening = _evening()
    async with rehearsing(evening) as (ports, stage), visitor(browser, lang="en") as viewer:
        page = await viewer.open(f"{ports.url}/board")
        leader = evening.names[evening.board().rows[0].unit]
        await expect(page.locator("#ranked .name").first).to_have_text(leader)
        newest = evening.counts
        evening.counts = {unit: [0, 0, 0, 40, 0] for unit in newest}
        evening.edition -= 2
        await stage.publish()
        evening.counts, evening.edition = newest, 5
        await stage.publish()
        await expect(page.locator("#position")).to_have_text(
            f"Log position 1 · {evening.board().seq - (1 << 40):,}"
        )
        await expect(page.locator("#ranked .name").first).to_have_text(leader)


async def test_a_screen_follows_the_round_that_opens(browser: Browser) -> None:
    evening = _evening()
    evening.phase = "loaded"
    async with rehearsing(evening) as (ports, stage), visitor(browser, lang="en") as viewer:
        page = await viewer.open(f"{ports.url}/board")
        await expect(page.locator("#empty-title")).to_have_text("No voting is open")
        await page.wait_for_function("() => document.body.dataset.live === 'waiting'")
        while not stage.viewers:
            await asyncio.sleep(0.02)
        evening.phase = "open"
        await stage.publish()
        await expect(page.locator("#ranked .row")).to_have_count(5)
        await expect(page.locator("#empty-title")).to_be_hidden()


async def test_without_a_broadcast_the_board_says_what_to_do(browser: Browser) -> None:
    async with rehearsing(None) as (ports, _), visitor(browser, lang="en") as viewer:
        page = await viewer.open(f"{ports.url}/board")
        await expect(page.locator("#empty-title")).to_have_text("No broadcast yet")
        await expect(page.locator("#empty-next")).to_contain_text("tribune load")
        assert viewer.problems == []


async def test_an_address_of_no_board_says_so(browser: Browser) -> None:
    async with rehearsing(_evening()) as (ports, _), visitor(browser, lang="en") as viewer:
        page = await viewer.open(f"{ports.url}/board?board=satisfaction:none")
        await expect(page.locator("#empty-title")).to_have_text("There is no such board")


async def test_a_board_moves_also_while_the_names_cannot_be_had(browser: Browser) -> None:
    evening = _evening()
    async with rehearsing(evening) as (ports, stage), visitor(browser, lang="en") as viewer:
        await viewer.context.route("**/api/broadcasts/*", lambda route: route.abort())
        page = await viewer.open(f"{ports.url}/board")
        units = [row.unit for row in evening.board().rows]
        await expect(page.locator("#ranked .name")).to_have_text(units)
        evening.counts[units[-1]] = [9_000, 0, 0, 0, 0]
        await stage.publish()
        await expect(page.locator("#ranked .name").first).to_have_text(units[-1])
        await viewer.context.unroute("**/api/broadcasts/*")
        named = page.locator("#ranked .name", has_text=evening.names[units[-1]])
        while not await named.count():
            await stage.publish()
            await asyncio.sleep(0.2)
