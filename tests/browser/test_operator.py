"""The operator's desk: everything by keyboard, what is dangerous is held, nothing goes unseen."""

import re

import pytest
from msgspec import structs
from playwright.async_api import Browser, expect

from tests.browser.chromium import visitor
from tests.browser.day import Day
from tests.browser.desk import desk, given, hold, until_given
from tests.browser.evening import now_ms
from tests.browser.stage import staging

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_whole_presentation_is_run_by_keyboard(browser: Browser) -> None:
    async with desk(browser) as (page, hall, _, operator):
        playback = page.locator("#playback")
        steps: list[tuple[str, str, str]] = [
            ("Space", "start_presentation", "On air"),
            ("Space", "pause_presentation", "Paused"),
            ("Space", "resume_presentation", "On air"),
        ]
        done: list[str] = []
        for key, command, told in steps:
            await page.keyboard.press(key)
            done.append(command)
            await until_given(page, hall, *done)
            await expect(playback).to_have_text(told)
        await page.keyboard.press("ArrowUp")
        await expect(page.locator("#added")).to_have_text("+0:30")
        await page.keyboard.press("ArrowDown")
        await expect(page.locator("#added")).to_have_text("0:00")
        await page.keyboard.press("KeyM")
        await expect(page.locator("#wanted")).to_have_text("should be off")
        await hold(page, "KeyN")
        await expect(playback).to_have_text("Ready")
        await expect(page.locator("#progress")).to_have_text("1 of 9")
        tail = ["add_time", "add_time", "cut_microphone", "move_on"]
        assert given(hall) == [*done, *tail]
        assert operator.problems == []


async def test_who_is_skipped_is_not_counted_in_how_far_the_day_is(browser: Browser) -> None:
    async with desk(browser) as (page, hall, _, _operator):
        await expect(page.locator("#progress")).to_have_text("0 of 9")
        hall.day.give({"command": "skip_slot", "slot": "s2"})
        await hall.publish()
        await expect(page.locator("#progress")).to_have_text("0 of 8")


async def test_the_ledger_judges_who_is_done_and_not_who_is_still_on(browser: Browser) -> None:
    async with staging(Day()) as (ports, hall), visitor(browser, lang="en") as reader:
        hall.day.give({"command": "start_presentation"})
        hall.day.give({"command": "finish_presentation"})
        hall.day.give({"command": "start_presentation"})
        page = await reader.open(f"{ports.url}/ledger")
        await expect(page.locator("#verdict")).to_have_text("All treated the same: 1")
        hall.day.give({"command": "finish_presentation"})
        await hall.publish()
        await expect(page.locator("#verdict")).to_have_text("All treated the same: 2")


async def test_what_is_dangerous_must_be_held(browser: Browser) -> None:
    async with desk(browser) as (page, hall, _, _operator):
        await page.keyboard.press("Space")
        await expect(page.locator("#playback")).to_have_text("On air")
        await hold(page, "Escape", 400)
        await hold(page, "KeyN", 400)
        await page.wait_for_timeout(1_200)
        await until_given(page, hall, "start_presentation")
        await hold(page, "Escape")
        await until_given(page, hall, "start_presentation", "finish_presentation")


async def test_two_operators_cannot_both_press_go_and_see_each_other(browser: Browser) -> None:
    async with desk(browser) as (page, hall, ports, _), visitor(browser, lang="en") as second:
        other = await second.open(f"{ports.url}/operator#token=any")
        await expect(other.locator("#live")).to_have_text("Live")
        hall.day.give({"command": "start_presentation"})  # before the news reaches them
        await other.keyboard.press("Space")
        await expect(other.locator("#toast")).to_contain_text("Somebody else acted first")
        await hall.publish()
        for each in (page, other):
            await expect(each.locator("#playback")).to_have_text("On air")
        assert given(hall).count("start_presentation") == 1


async def test_a_break_is_not_said_to_be_on_air(browser: Browser) -> None:
    day = Day(devices={"hall": {}})
    for _ in range(3):
        day.give({"command": "start_presentation"})
        day.give({"command": "finish_presentation"})
    day.give({"command": "start_presentation"})
    async with desk(browser, day) as (page, *_):
        await expect(page.locator("#playback")).to_have_text("Break")
        await expect(page.locator("[data-status=on] .standing")).to_have_text("now")


async def test_a_refused_command_says_why(browser: Browser) -> None:
    async with desk(browser) as (page, hall, _, _operator):
        await page.keyboard.press("Space")
        await expect(page.locator("#playback")).to_have_text("On air")
        hall.day.start_again(29_000)
        await hall.publish()
        await expect(page.locator("#digits")).to_have_text(re.compile("^0:"))
        await page.keyboard.press("ArrowDown")
        await expect(page.locator("#toast")).to_contain_text("finish it instead")


async def test_an_answer_that_does_not_come_is_not_taken_for_a_yes(browser: Browser) -> None:
    async with desk(browser) as (page, _, _ports, _operator):
        await page.route("**/commands", lambda route: route.abort())
        await page.keyboard.press("Space")
        await expect(page.locator("#toast")).to_contain_text("may or may not have happened")
        await expect(page.locator("#playback")).to_have_text("Ready")


async def test_what_was_done_is_taken_back(browser: Browser) -> None:
    async with desk(browser) as (page, hall, _, _operator):
        await page.keyboard.press("Space")
        await expect(page.locator("#playback")).to_have_text("On air")
        await page.keyboard.press("ArrowUp")
        await expect(page.locator("#added")).to_have_text("+0:30")
        await expect(page.locator(".key.undo")).to_be_enabled()
        await page.keyboard.press("KeyU")
        await expect(page.locator("#added")).to_have_text("0:00")
        await page.keyboard.press("KeyB")
        await expect(page.locator(".key.black")).to_have_attribute("aria-pressed", "true")
        assert hall.day.screens["all"]["blackout"] is True
        await expect(page.locator(".key.undo")).to_be_enabled()
        await page.keyboard.press("KeyU")
        await expect(page.locator(".key.black")).to_have_attribute("aria-pressed", "false")
        await expect(page.locator(".key.undo")).to_be_disabled()
        await page.keyboard.press("ArrowUp")
        await expect(page.locator(".key.undo")).to_be_enabled()
        await hold(page, "Escape")
        await expect(page.locator("#playback")).not_to_have_text("On air")
        await expect(page.locator(".key.undo")).to_be_disabled()


async def test_the_microphone_opens_again_only_with_a_reason(browser: Browser) -> None:
    day = Day(devices={"hall": {}})
    day.give({"command": "start_presentation"})
    day.give({"command": "cut_microphone"})
    async with desk(browser, day) as (page, hall, _, _operator):
        await page.keyboard.press("KeyM")
        await expect(page.locator("#reasons")).to_be_visible()
        await hold(page, "Digit2")
        await expect(page.locator("#wanted")).to_have_text("should be open")
        assert hall.day.commands[-1]["reason"] == "To answer a question"


async def test_without_a_token_it_asks_for_one_and_keeps_it_out_of_the_address(
    browser: Browser,
) -> None:
    async with staging(Day()) as (ports, _), visitor(browser, lang="en") as operator:
        page = await operator.open(f"{ports.url}/operator")
        await page.locator("#token").fill("secret")
        await page.keyboard.press("Enter")
        await expect(page.locator("#presenter")).not_to_be_empty()
        page = await operator.open(f"{ports.url}/operator#token=secret")
        await expect(page.locator("#presenter")).not_to_be_empty()
        assert page.url == f"{ports.url}/operator"


async def test_a_check_of_nothing_is_not_said_to_be_well(browser: Browser) -> None:
    checks = [
        {"name": "screens", "state": "ok", "count": 0, "problems": []},
        {"name": "clocks", "state": "ok", "count": 2, "problems": []},
    ]
    async with desk(browser) as (page, *_):
        await page.route(
            "**/preflight", lambda route: route.fulfill(json={"ok": True, "checks": checks})
        )
        await page.locator("#preflight-open").click()
        told = page.locator("#preflight-list li span")
        await expect(told).to_have_text(["none yet", "2, all well"])


async def test_what_lies_over_the_desk_closes_with_a_key_of_the_desk(browser: Browser) -> None:
    async with desk(browser) as (page, hall, _, _operator):
        for key, given in (("Escape", []), ("Space", ["start_presentation"])):
            await page.locator("#preflight-open").click()
            await expect(page.locator("#preflight")).to_be_visible()
            await page.keyboard.press(key)
            await expect(page.locator("#preflight")).to_be_hidden()
            await until_given(page, hall, *given)


async def test_a_rehearsal_long_before_the_day_compares_only_within_the_running_order(
    browser: Browser,
) -> None:
    day = Day()
    later = now_ms() + 26 * 86_400_000
    day.slots = [structs.replace(slot, planned_at=later) for slot in day.slots]
    async with desk(browser, day) as (page, hall, _, _operator):
        hall.day.give({"command": "start_presentation"})
        hall.day.plan_shift_ms = now_ms() - later
        await hall.publish()
        await expect(page.locator("#drift")).to_have_text("On time")
        hall.day.plan_shift_ms -= 7 * 60_000
        hall.day.changes += 1
        await hall.publish()
        await expect(page.locator("#drift")).to_have_text("7 min late")
        await expect(page.locator("[data-status=on] .real small")).to_have_text("+7")
