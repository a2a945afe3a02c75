"""An evaluator's phone: marks are kept as they are set, wait out a lost connection, and go once."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.chromium import Visitor, visitor
from tests.browser.day import Day
from tests.browser.stage import Hall, staging

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


def _second_on() -> Day:
    day = Day()
    for command in ("start_presentation", "finish_presentation", "start_presentation"):
        day.give({"command": command})
    return day


@asynccontextmanager
async def _paper(
    browser: Browser, day: Day | None = None
) -> AsyncGenerator[tuple[Page, Hall, Visitor]]:
    """A phone on which a card was just opened."""
    async with (
        staging(day or _second_on()) as (ports, hall),
        visitor(browser, "phone", lang="en") as judge,
    ):
        page = await judge.open(f"{ports.url}/judge#card")
        assert page.url == f"{ports.url}/judge"
        yield page, hall, judge


async def test_marks_are_kept_as_they_are_set_and_handed_in(browser: Browser) -> None:
    async with _paper(browser) as (page, hall, judge):
        await expect(page.locator("#presenter")).to_have_text("Lin Xiaomei")
        sliders = page.locator("input[type=range]")
        await sliders.nth(0).fill("50")
        await expect(page.locator("#submit")).to_be_disabled()
        await sliders.nth(1).fill("30")
        await expect(page.locator("#total")).to_have_text("80 / 100")
        await page.locator("#submit").click()
        await expect(page.locator("#submit")).to_have_text("Submitted")
        await hall.until_marked("s2", {"marks": {"results": 50, "delivery": 30}, "submitted": True})
        await page.locator(".set button").nth(1).click()
        await expect(page.locator("#total")).to_have_text("81 / 100")
        await hall.until_marked("s2", {"marks": {"results": 51, "delivery": 30}, "submitted": True})
        assert judge.problems == []


async def test_the_paper_grows_with_the_readers_own_font_size(browser: Browser) -> None:
    async with _paper(browser) as (page, _, _judge):
        await expect(page.locator("#presenter")).to_have_text("Lin Xiaomei")
        sizes = "() => ['#presenter', 'output', '#submit', '.how'].map(SIZE)".replace(
            "SIZE", "(at) => parseFloat(getComputedStyle(document.querySelector(at)).fontSize)"
        )
        usual = await page.evaluate(sizes)
        await page.evaluate("() => { document.documentElement.style.fontSize = '32px'; }")
        assert await page.evaluate(sizes) == [2 * each for each in usual]
        wide = "() => document.documentElement.scrollWidth - innerWidth"
        assert await page.evaluate(wide) <= 0


async def test_marks_wait_on_the_phone_also_over_a_reload_and_go_once(browser: Browser) -> None:
    async with _paper(browser) as (page, hall, _):
        hall.answering = False
        for slider, mark in enumerate(("40", "35")):
            await page.locator("input[type=range]").nth(slider).fill(mark)
        await page.locator("#submit").click()
        await expect(page.locator("#saved-words")).to_contain_text("1 kept on this phone")
        await page.reload()
        await expect(page.locator("#total")).to_have_text("75 / 100")
        assert hall.puts == 0
        hall.answering = True
        await expect(page.locator("#saved-words")).to_have_text("All saved", timeout=15_000)
        assert hall.marks["s2"] == {"marks": {"results": 40, "delivery": 35}, "submitted": True}
        await page.wait_for_timeout(600)
        assert hall.puts == 1


async def test_nobody_marks_their_own_unit(browser: Browser) -> None:
    day = Day()
    day.give({"command": "start_presentation"})
    async with _paper(browser, day) as (page, _, _):
        await expect(page.locator("#notice")).to_contain_text("your own unit")
        await expect(page.locator("#marks")).to_be_hidden()


async def test_who_was_skipped_is_not_among_those_to_be_marked(browser: Browser) -> None:
    async with (
        staging(_second_on()) as (ports, hall),
        visitor(browser, "phone", lang="en") as judge,
    ):
        page = await judge.open(f"{ports.url}/judge#card")
        await expect(page.locator("#progress")).to_have_text("0 of 8 done")
        hall.day.give({"command": "skip_slot", "slot": "s3"})
        await hall.publish()
        await expect(page.locator("#progress")).to_have_text("0 of 7 done")


async def test_a_tie_is_declared_with_its_reason_and_taken_back(browser: Browser) -> None:
    async with _paper(browser) as (page, hall, _):
        await page.locator("#tie summary").click()
        await page.locator("#recuse").click()
        assert hall.marks == {}
        await page.locator("#reason").fill("my brother")
        await page.locator("#recuse").click()
        await expect(page.locator("#notice")).to_contain_text("my brother")
        await hall.until_marked("s2", {"recused": "my brother"})
        await page.locator("#unrecuse").click()
        await expect(page.locator("#saved-words")).to_have_text("All saved")
        await expect(page.locator("#unrecuse")).to_be_hidden()
        await expect(page.locator("input[type=range]").first).to_be_enabled()
        assert hall.marks["s2"] == {"marks": {}, "submitted": False}


async def test_a_closed_group_takes_no_marks(browser: Browser) -> None:
    day = _second_on()
    day.close("departments")
    async with _paper(browser, day) as (page, _, _):
        await expect(page.locator("#notice")).to_contain_text("closed")
        await expect(page.locator("input[type=range]").first).to_be_disabled()


async def test_the_paper_follows_the_stage_and_leads_back_to_it(browser: Browser) -> None:
    async with _paper(browser) as (page, _, _):
        await page.get_by_role("button", name="Chen Jianguo").first.click()
        await expect(page.locator("#presenter")).to_have_text("Chen Jianguo")
        await page.get_by_role("button", name="On stage now: Lin Xiaomei").click()
        await expect(page.locator("#presenter")).to_have_text("Lin Xiaomei")


async def test_marks_that_were_begun_stay_on_the_paper_until_they_are_submitted(
    browser: Browser,
) -> None:
    async with _paper(browser) as (page, hall, judge):
        await page.locator("input[type=range]").nth(0).fill("50")
        for command in ("finish_presentation", "start_presentation"):
            hall.day.give({"command": command})
        await hall.publish()
        await expect(page.locator("#back")).to_have_text("On stage now: Wang Haitao")
        await expect(page.locator("#presenter")).to_have_text("Lin Xiaomei")
        await page.locator("#back").click()
        await expect(page.locator("#presenter")).to_have_text("Wang Haitao")
        await page.locator("#draft").click()
        await expect(page.locator("#presenter")).to_have_text("Lin Xiaomei")
        await page.locator("input[type=range]").nth(1).fill("30")
        await page.locator("#submit").click()
        await expect(page.locator("#submit")).to_have_text("Submitted")
        await page.locator("#back").click()
        await expect(page.locator("#draft")).to_be_hidden()
        assert hall.marks["s2"]["submitted"]
        assert judge.problems == []


async def test_what_was_never_submitted_is_told_after_the_close(browser: Browser) -> None:
    async with _paper(browser) as (page, hall, _):
        await page.locator("input[type=range]").nth(0).fill("50")
        await expect(page.locator("#saved-words")).to_have_text("All saved")
        hall.day.close("departments")
        await hall.publish()
        await expect(page.locator("#notice")).to_contain_text("not submitted: they do not count")


async def test_a_card_that_is_taken_back_says_so_before_the_next_mark_is_set(
    browser: Browser,
) -> None:
    async with _paper(browser) as (page, hall, _):
        await expect(page.locator("#submit")).to_be_visible()
        hall.card = (401, "card_revoked")
        await expect(page.locator("#problem-title")).to_contain_text("taken back", timeout=25_000)
        await expect(page.locator("#problem-next")).to_contain_text("ask the operator")


async def test_a_card_that_expires_keeps_the_marks_for_the_next_card(browser: Browser) -> None:
    async with _paper(browser) as (page, hall, _):
        await expect(page.locator("#submit")).to_be_visible()
        hall.card = (401, "bad_token")
        for slider, mark in enumerate(("40", "35")):
            await page.locator("input[type=range]").nth(slider).fill(mark)
        await page.locator("#submit").click()
        await expect(page.locator("#saved-words")).to_contain_text("1 kept on this phone")
        await expect(page.locator("#saved-words")).to_contain_text("Your card is not taken")
        await expect(page.locator("#problem-title")).to_contain_text("expired")
        assert hall.marks == {}
        hall.card = None
        await page.goto(f"{page.url}#another")
        await expect(page.locator("#saved-words")).to_have_text("All saved")
        await expect(page.locator("#problem")).to_be_hidden()
        assert hall.marks["s2"] == {"marks": {"results": 40, "delivery": 35}, "submitted": True}
