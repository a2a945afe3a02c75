"""The microphones at the desk: what each confirmed, by itself or by a hand, is seen at once."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.day import Day
from tests.browser.desk import desk
from tests.browser.evening import now_ms

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_device_that_does_not_answer_is_in_red_at_once(browser: Browser) -> None:
    day = Day(devices={"hall": {}, "broadcast": {}})
    day.give({"command": "start_presentation"})
    day.confirm()
    async with desk(browser, day) as (page, hall, _, _operator):
        lines = page.locator("#devices li")
        await expect(lines.first).to_have_attribute("data-state", "confirmed")
        day.devices["broadcast"] |= {"state": "silent", "is_open": None, "attempts": 3}
        day.changes += 1
        await hall.publish()
        await expect(lines.last).to_have_attribute("data-state", "silent")
        await expect(lines.last).to_contain_text("does not answer (3 tries)")
        await expect(page.locator("#alarm")).to_have_text("broadcast: does not answer (3 tries)")


async def test_only_a_device_that_is_simulated_is_marked_as_one(browser: Browser) -> None:
    day = Day(devices={"hall": {}, "air": {"simulated": "well"}})
    day.confirm()
    async with desk(browser, day) as (page, _, _, _operator):
        lines = page.locator("#devices li")
        await expect(lines.locator("b")).to_have_text(["hall", "airsimulated device"])
        await expect(page.locator("#alarm")).to_be_hidden()


async def test_a_hand_at_a_device_is_shown_also_when_it_was_put_right_at_once(
    browser: Browser,
) -> None:
    day = Day(devices={"hall": {}})
    day.confirm()
    async with desk(browser, day) as (page, hall, _, _operator):
        await expect(page.locator("#alarm")).to_be_hidden()
        day.devices["hall"]["by_hand_at"] = now_ms()
        day.confirm()
        await hall.publish()
        await expect(page.locator("#alarm")).to_have_text(
            "hall: was changed by hand at the desk, and put right"
        )
        await expect(page.locator("#devices li")).to_have_attribute("data-state", "confirmed")
        await expect(page.locator("#alarm")).to_be_hidden(timeout=20_000)


async def test_a_simulated_device_has_a_switch_at_the_desk_and_a_real_one_has_none(
    browser: Browser,
) -> None:
    day = Day(devices={"hall": {"simulated": "well"}, "broadcast": {}}, rehearsal=True)
    day.confirm()
    async with desk(browser, day) as (page, _hall, _, operator):
        switch = page.get_by_role("group", name="How the simulated device hall behaves")
        await expect(page.locator(".simulated")).to_have_count(1)
        ways = switch.locator("[aria-pressed]")
        await expect(ways).to_have_text(["Well", "Slow", "Silent", "Gone"])
        await expect(ways.first).to_have_attribute("aria-pressed", "true")
        await ways.nth(2).focus()
        await page.keyboard.press("Enter")
        await expect(ways.nth(2)).to_have_attribute("aria-pressed", "true")
        await expect(ways.nth(2)).to_be_focused()
        await switch.get_by_role("button", name="A hand opens it").click()
        await expect(page.locator("#alarm")).to_have_text("hall: changed by hand at the desk")
        await expect(ways.nth(2)).to_have_attribute("aria-pressed", "true")
        assert operator.problems == []


async def test_a_device_that_turns_has_a_moment_before_it_is_in_red(browser: Browser) -> None:
    day = Day(devices={"hall": {}})
    day.confirm()
    async with desk(browser, day) as (page, hall, _, _operator):
        line = page.locator("#devices li")
        await expect(line).to_have_attribute("data-state", "confirmed")
        await page.clock.install()
        await page.clock.pause_at(now_ms() + 10_000)
        day.give({"command": "start_presentation"})
        await hall.publish()
        await expect(line).to_have_attribute("data-state", "asked")
        await expect(page.locator("#alarm")).to_be_hidden()
        await page.clock.run_for(2_000)
        await expect(line).to_have_attribute("data-state", "by_hand")
        await expect(page.locator("#alarm")).to_be_visible()


async def test_a_microphone_that_is_open_before_the_first_go_is_left_alone(
    browser: Browser,
) -> None:
    day = Day(devices={"hall": {"is_open": True, "state": "confirmed"}})
    async with desk(browser, day) as (page, hall, _, _operator):
        line = page.locator("#devices li")
        await expect(line).to_have_attribute("data-state", "alone")
        await expect(line).to_contain_text("left alone until the first Go")
        await expect(page.locator("#alarm")).to_be_hidden()
        day.give({"command": "start_presentation"})
        day.give({"command": "finish_presentation"})
        day.confirm()
        day.devices["hall"]["is_open"] = True
        await hall.publish()
        await expect(line).to_have_attribute("data-state", "by_hand")
        await expect(page.locator("#alarm")).to_be_visible()
