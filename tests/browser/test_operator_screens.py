"""The screens at the desk: how fresh each is, and what it alone is told."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.chromium import visitor
from tests.browser.desk import desk
from tests.browser.evening import now_ms

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_the_operator_sees_each_screen_and_how_fresh_it_is(browser: Browser) -> None:
    async with desk(browser) as (page, _hall, ports, _), visitor(browser) as screen:
        await expect(page.locator("#fresh")).to_have_text("0 of 0 fresh")
        stage = await screen.open(f"{ports.url}/stage?screen=left")
        await expect(page.locator("#screens li b")).to_have_text("left")
        await expect(page.locator("#fresh")).to_have_text("1 of 1 fresh")
        await page.get_by_role("button", name="Please wrap up").click()
        await expect(stage.locator("#message")).to_have_text("Please wrap up")


async def test_one_screen_is_told_something_that_the_others_are_not(browser: Browser) -> None:
    async with desk(browser) as (page, _hall, ports, _), visitor(browser, lang="en") as screen:
        left = await screen.open(f"{ports.url}/stage?screen=left")
        right = await screen.open(f"{ports.url}/stage?screen=right")
        row = page.locator("#screens li", has=page.get_by_text("left", exact=True))
        await page.locator("#to").select_option("left")
        await page.locator("#message").fill("Two minutes only")
        await page.keyboard.press("Enter")
        await expect(left.locator("#message")).to_have_text("Two minutes only")
        await expect(row.locator("q")).to_have_text("Two minutes only")
        await row.get_by_role("button", name="Black").click()
        await expect(left.locator("body")).to_have_attribute("data-black", "")
        await row.get_by_role("button", name="Light").click()
        await row.get_by_role("button", name="Blink").click()
        await expect(left.locator("#blink")).to_have_text("left")
        await row.locator("select").select_option("board")
        await expect(left.locator("body")).to_have_attribute("data-view", "board")
        await expect(right.locator("body")).to_have_attribute("data-view", "clock")
        assert await right.locator("body[data-black]").count() == 0
        await expect(right.locator("#message")).to_be_hidden()
        await page.get_by_role("button", name="Clear").click()
        await expect(left.locator("#message")).to_be_hidden()


async def test_a_message_for_a_screen_that_left_is_not_shown_on_all(browser: Browser) -> None:
    async with desk(browser) as (page, hall, ports, _), visitor(browser) as screen:
        left = await screen.open(f"{ports.url}/stage?screen=left")
        await page.locator("#to").select_option("left")
        await left.close()
        while hall.screens:
            await page.wait_for_timeout(20)
        await hall.publish()
        row = page.locator("#screens li")
        await expect(row).to_have_attribute("data-state", "gone")
        await expect(page.locator("#fresh")).to_have_text("0 of 1 fresh")
        await page.get_by_role("button", name="Please wrap up").click()
        await expect(row.locator("q")).to_have_text("Please wrap up")
        assert list(hall.day.screens) == ["left"]
        await row.get_by_role("button", name="Forget").click()
        await expect(page.locator("#fresh")).to_have_text("0 of 0 fresh")


async def test_a_screen_whose_clock_is_off_or_that_is_behind_says_so(browser: Browser) -> None:
    async with desk(browser) as (page, hall, _, _operator):
        told = {"broadcast": hall.day.broadcast.id, "page": "stage", "view": "clock"}
        fresh = told | {"seq": hall.day.seq, "heard_at": now_ms(), "lead_ms": 4, "doubt_ms": 3}
        hall.screens = {
            1: fresh | {"name": "a fast", "lead_ms": -90_000},
            2: fresh | {"name": "b unsure", "doubt_ms": 480},
            3: fresh | {"name": "c old", "seq": hall.day.seq - 1},
            4: fresh | {"name": "d silent", "heard_at": now_ms() - 20_000},
            5: fresh | {"name": "e well"},
        }
        await hall.publish()
        how = page.locator("#screens li .how")
        await expect(how.nth(0)).to_have_text("fresh · its clock is 90 s fast")
        await expect(how.nth(1)).to_have_text("fresh · counts ±480 ms")
        await expect(how.nth(2)).to_have_text("behind")
        await expect(how.nth(3)).to_contain_text("silent for 2")
        await expect(how.nth(4)).to_have_text("fresh")
