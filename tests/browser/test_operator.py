"""The operator's desk: everything by keyboard, what is dangerous is held, nothing goes unseen."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from msgspec import structs
from playwright.async_api import Browser, Page, Route, expect

from schemas.broadcasts import Text
from tests.browser.chromium import Visitor, visitor
from tests.browser.day import Day
from tests.browser.evening import now_ms
from tests.browser.serving import Ports
from tests.browser.stage import Hall, staging

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@asynccontextmanager
async def _desk(
    browser: Browser, day: Day | None = None
) -> AsyncGenerator[tuple[Page, Hall, Ports, Visitor]]:
    own = day or Day(devices={"hall": {}, "broadcast": {}})
    async with staging(own) as (ports, hall), visitor(browser, lang="en") as operator:
        page = await operator.open(f"{ports.url}/operator#token=any")
        await expect(page.locator("#presenter")).not_to_be_empty()
        await expect(page.locator("#live")).to_have_text("Live")
        yield page, hall, ports, operator


def _given(hall: Hall) -> list[str]:
    return [command["command"] for command in hall.day.commands]


async def _until_given(page: Page, hall: Hall, *names: str) -> None:
    for _ in range(100):
        if _given(hall) == list(names):
            return
        await page.wait_for_timeout(30)
    assert _given(hall) == list(names)


async def _hold(page: Page, key: str, ms: int = 1_300) -> None:
    await page.keyboard.down(key)
    await page.wait_for_timeout(ms)
    await page.keyboard.up(key)


async def test_a_whole_presentation_is_run_by_keyboard(browser: Browser) -> None:
    async with _desk(browser) as (page, hall, _, operator):
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
            await _until_given(page, hall, *done)
            await expect(playback).to_have_text(told)
        await page.keyboard.press("ArrowUp")
        await expect(page.locator("#added")).to_have_text("+0:30")
        await page.keyboard.press("ArrowDown")
        await expect(page.locator("#added")).to_have_text("0:00")
        await page.keyboard.press("KeyM")
        await expect(page.locator("#wanted")).to_have_text("should be off")
        await _hold(page, "KeyN")
        await expect(playback).to_have_text("Ready")
        await expect(page.locator("#progress")).to_have_text("1 of 9")
        tail = ["add_time", "add_time", "cut_microphone", "move_on"]
        assert _given(hall) == [*done, *tail]
        assert operator.problems == []


async def test_what_is_dangerous_must_be_held(browser: Browser) -> None:
    async with _desk(browser) as (page, hall, _, _operator):
        await page.keyboard.press("Space")
        await expect(page.locator("#playback")).to_have_text("On air")
        await _hold(page, "Escape", 400)
        await _hold(page, "KeyN", 400)
        await page.wait_for_timeout(1_200)
        await _until_given(page, hall, "start_presentation")
        await _hold(page, "Escape")
        await _until_given(page, hall, "start_presentation", "finish_presentation")


async def test_two_operators_cannot_both_press_go_and_see_each_other(browser: Browser) -> None:
    async with _desk(browser) as (page, hall, ports, _), visitor(browser, lang="en") as second:
        other = await second.open(f"{ports.url}/operator#token=any")
        await expect(other.locator("#live")).to_have_text("Live")
        hall.day.give({"command": "start_presentation"})  # before the news reaches them
        await other.keyboard.press("Space")
        await expect(other.locator("#toast")).to_contain_text("Somebody else acted first")
        await hall.publish()
        for each in (page, other):
            await expect(each.locator("#playback")).to_have_text("On air")
        assert _given(hall).count("start_presentation") == 1


async def test_a_break_is_not_said_to_be_on_air(browser: Browser) -> None:
    day = Day(devices={"hall": {}})
    for _ in range(3):
        day.give({"command": "start_presentation"})
        day.give({"command": "finish_presentation"})
    day.give({"command": "start_presentation"})
    async with _desk(browser, day) as (page, *_):
        await expect(page.locator("#playback")).to_have_text("Break")
        await expect(page.locator("[data-status=on] .standing")).to_have_text("now")


async def test_a_refused_command_says_why(browser: Browser) -> None:
    async with _desk(browser) as (page, hall, _, _operator):
        await page.keyboard.press("Space")
        await expect(page.locator("#playback")).to_have_text("On air")
        hall.day.start_again(29_000)
        await hall.publish()
        await expect(page.locator("#digits")).to_have_text(re.compile("^0:"))
        await page.keyboard.press("ArrowDown")
        await expect(page.locator("#toast")).to_contain_text("finish it instead")


async def test_an_answer_that_does_not_come_is_not_taken_for_a_yes(browser: Browser) -> None:
    async with _desk(browser) as (page, _, _ports, _operator):
        await page.route("**/commands", lambda route: route.abort())
        await page.keyboard.press("Space")
        await expect(page.locator("#toast")).to_contain_text("may or may not have happened")
        await expect(page.locator("#playback")).to_have_text("Ready")


async def test_what_was_done_is_taken_back(browser: Browser) -> None:
    async with _desk(browser) as (page, hall, _, _operator):
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
        await _hold(page, "Escape")
        await expect(page.locator("#playback")).not_to_have_text("On air")
        await expect(page.locator(".key.undo")).to_be_disabled()


async def test_a_lost_card_is_taken_back_by_holding_and_a_new_one_is_shown(
    browser: Browser,
) -> None:
    async with _desk(browser) as (page, hall, _, operator):
        first = hall.day.broadcast.evaluators[0]
        await page.locator("#sheet-open").click()
        await expect(page.locator("#sheet")).to_be_visible()
        await page.locator("#cards-open").click()
        await expect(page.locator("#sheet")).to_be_hidden()
        lines = page.locator("#card-list li")
        await expect(lines).to_have_count(len(hall.day.broadcast.evaluators))
        line = page.locator(f"#card-list li[data-evaluator='{first.id}']")
        back = line.locator(".held")
        await back.click()
        assert hall.revoked == {}, "a click is not held"
        await back.hover()
        await page.mouse.down()
        await expect(line.locator("small").first).to_contain_text("taken back at")
        await page.mouse.up()
        assert list(hall.revoked) == [first.id]
        await line.get_by_role("button", name="New card").click()
        await expect(page.locator("#new-card article h2")).to_have_text(first.name.said("en"))
        await expect(page.locator("#new-card svg")).to_be_visible()
        await page.emulate_media(media="print")
        await expect(page.locator("#new-card article")).to_be_visible()
        await expect(page.locator("#desk")).to_be_hidden()
        await page.emulate_media(media="screen")
        await page.get_by_role("button", name="Hide").click()
        await expect(page.locator("#new-card")).to_be_hidden()
        assert operator.problems == []


async def test_a_device_that_does_not_answer_is_in_red_at_once(browser: Browser) -> None:
    day = Day(devices={"hall": {}, "broadcast": {}})
    day.give({"command": "start_presentation"})
    day.confirm()
    async with _desk(browser, day) as (page, hall, _, _operator):
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
    async with _desk(browser, day) as (page, _, _, _operator):
        lines = page.locator("#devices li")
        await expect(lines.locator("b")).to_have_text(["hall", "airsimulated device"])
        await expect(page.locator("#alarm")).to_be_hidden()


async def test_a_hand_at_a_device_is_shown_also_when_it_was_put_right_at_once(
    browser: Browser,
) -> None:
    day = Day(devices={"hall": {}})
    day.confirm()
    async with _desk(browser, day) as (page, hall, _, _operator):
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
    async with _desk(browser, day) as (page, _hall, _, operator):
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
    async with _desk(browser, day) as (page, hall, _, _operator):
        line = page.locator("#devices li")
        await expect(line).to_have_attribute("data-state", "confirmed")
        await page.clock.install()
        await page.clock.pause_at(now_ms() + 1_000)
        day.give({"command": "start_presentation"})
        await hall.publish()
        await expect(line).to_have_attribute("data-state", "asked")
        await expect(page.locator("#alarm")).to_be_hidden()
        await page.clock.run_for(2_000)
        await expect(line).to_have_attribute("data-state", "by_hand")
        await expect(page.locator("#alarm")).to_be_visible()


async def test_the_microphone_opens_again_only_with_a_reason(browser: Browser) -> None:
    day = Day(devices={"hall": {}})
    day.give({"command": "start_presentation"})
    day.give({"command": "cut_microphone"})
    async with _desk(browser, day) as (page, hall, _, _operator):
        await page.keyboard.press("KeyM")
        await expect(page.locator("#reasons")).to_be_visible()
        await _hold(page, "Digit2")
        await expect(page.locator("#wanted")).to_have_text("should be open")
        assert hall.day.commands[-1]["reason"] == "To answer a question"


async def test_the_operator_sees_each_screen_and_how_fresh_it_is(browser: Browser) -> None:
    async with _desk(browser) as (page, _hall, ports, _), visitor(browser) as screen:
        await expect(page.locator("#fresh")).to_have_text("0 of 0 fresh")
        stage = await screen.open(f"{ports.url}/stage?screen=left")
        await expect(page.locator("#screens li b")).to_have_text("left")
        await expect(page.locator("#fresh")).to_have_text("1 of 1 fresh")
        await page.get_by_role("button", name="Please wrap up").click()
        await expect(stage.locator("#message")).to_have_text("Please wrap up")


async def test_the_next_row_is_seen_here_only_and_revealed_by_holding_a_key(
    browser: Browser,
) -> None:
    day = Day()
    day.close("departments")
    async with _desk(browser, day) as (page, hall, ports, _), visitor(browser, lang="en") as public:
        board = await public.open(f"{ports.url}/board?board=presentations:departments")
        await expect(page.locator(".preview b")).to_contain_text("Wang Haitao")
        await expect(board.locator(".row.hidden")).to_have_count(3)
        await _hold(page, "KeyR")
        await expect(board.locator(".row:not(.hidden) .name b")).to_have_text(["Wang Haitao"])
        await expect(page.locator(".preview b")).to_contain_text("Lin Xiaomei")
        assert hall.day.revealed == {"departments": 1}


async def test_who_was_skipped_is_never_next_to_be_revealed_and_comes_out_with_the_first_place(
    browser: Browser,
) -> None:
    day = Day()
    day.give({"command": "skip_slot", "slot": "s3"})
    day.close("departments")
    async with _desk(browser, day) as (page, hall, ports, _), visitor(browser, lang="en") as public:
        board = await public.open(f"{ports.url}/board?board=presentations:departments")
        for shown, who in enumerate(("Lin Xiaomei", "Chen Jianguo")):
            await expect(page.locator(".preview b")).to_contain_text(who)
            await expect(board.locator(".row:not(.hidden)")).to_have_count(shown)
            await _hold(page, "KeyR")
        await expect(board.locator(".row:not(.hidden)")).to_have_count(3)
        assert hall.day.revealed == {"departments": 3}


async def test_a_group_without_any_mark_is_revealed_at_once(browser: Browser) -> None:
    day = Day()
    for slot in ("s1", "s2", "s3"):
        day.give({"command": "skip_slot", "slot": slot})
    day.close("departments")
    async with _desk(browser, day) as (page, hall, ports, _), visitor(browser, lang="en") as public:
        board = await public.open(f"{ports.url}/board?board=presentations:departments")
        await expect(page.locator(".preview")).to_be_visible()
        await _hold(page, "KeyR")
        await expect(board.locator(".row:not(.hidden)")).to_have_count(3)
        assert hall.day.revealed == {"departments": 3}


async def test_a_board_that_was_corrected_names_its_versions_and_the_old_one_opens(
    browser: Browser,
) -> None:
    day = Day()
    day.close("departments")
    day.reveal("departments", "all")
    day.correct("two digits swapped")
    async with _desk(browser, day) as (page, hall, ports, _), visitor(browser, lang="en") as public:
        lines = page.locator(".versions li")
        await expect(lines).to_have_count(2)
        await expect(lines.first).to_contain_text("version 2, corrected at")
        await expect(lines.first).to_contain_text("two digits swapped")
        first = await lines.last.locator("a").get_attribute("href")
        hall.answering = False
        board = await public.open(f"{ports.url}{first}")
        await expect(board.locator("#version b")).to_contain_text("Version 1 cannot be had now")
        hall.answering = True
        await expect(board.locator("#status")).to_have_text("Old: version 1", timeout=20_000)
        await expect(board.locator("#version b")).to_have_text("Version 1, before any correction")
        await board.locator("#version a").click()
        await expect(board.locator("#version b")).to_contain_text("two digits swapped")
        await expect(board.locator("#status")).not_to_contain_text("Old")


async def test_what_is_ahead_is_moved_and_what_is_on_is_not(browser: Browser) -> None:
    async with _desk(browser) as (page, hall, _, _operator):
        await page.keyboard.press("Space")
        await expect(page.locator("#playback")).to_have_text("On air")
        await page.locator("[data-slot=s3]").click()
        await page.keyboard.press("Alt+ArrowUp")
        names = page.locator("#slots .name b")
        await expect(names.nth(1)).to_have_text("Wang Haitao")
        await page.keyboard.press("Alt+ArrowUp")
        await page.wait_for_timeout(300)
        assert hall.day.order[:3] == ["s1", "s3", "s2"]
        await expect(page.locator(".key.undo")).to_be_enabled()
        await page.keyboard.press("KeyU")
        await expect(names.nth(1)).to_have_text("Lin Xiaomei")


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


async def _begin_edit(page: Page, slot: str, act: str) -> None:
    await page.locator(f"[data-slot={slot}]").click()
    await page.locator(f"[data-act={act}]").click()
    await expect(page.locator("#slot-form")).to_be_visible()


async def test_a_slot_that_is_ahead_is_renamed_and_given_another_time(browser: Browser) -> None:
    async with _desk(browser) as (page, hall, _, operator):
        was = hall.day.slots[1]
        await _begin_edit(page, "s2", "edit")
        await page.locator("[name=presenter_en]").fill("Deng Yun")
        await page.locator("[name=presenter_zh]").fill("邓云")
        await page.locator("[name=allotted]").fill("6:30")
        await page.locator("[name=planned]").fill("09:05")
        await page.keyboard.press("Enter")
        await expect(page.locator("#slot-form")).to_be_hidden()
        line = page.locator("[data-slot=s2]")
        await expect(line.locator(".name b")).to_have_text("Deng Yun")
        await expect(line.locator(".length")).to_have_text("6:30")
        await expect(line.locator(".planned")).to_have_text("09:05")
        now = hall.day.slots[1]
        assert (now.presenter, now.allotted_ms) == (Text("邓云", "Deng Yun"), 390_000)
        assert (now.title, now.unit, now.deck) == (was.title, was.unit, was.deck)
        await page.keyboard.press("KeyU")
        await expect(line.locator(".name b")).to_have_text("Lin Xiaomei")
        assert hall.day.slots[1] == was
        assert operator.problems == []


async def test_a_slot_that_is_ahead_is_given_another_group_and_unit_by_keyboard(
    browser: Browser,
) -> None:
    async with _desk(browser) as (page, hall, _, operator):
        was, unit = hall.day.slots[1], hall.day.broadcast.units[9]
        await page.locator("[data-slot=s2]").focus()
        await page.keyboard.press("Enter")
        await page.locator("[data-act=edit]").focus()
        await page.keyboard.press("Enter")
        form = page.locator("#slot-form")
        await expect(form.locator("[name=group]")).to_be_focused()
        await expect(form.locator("[name=group]")).to_have_value("departments")
        await expect(form.locator("[name=unit]")).to_have_value(was.unit or "")
        await page.keyboard.type("Township heads")
        await page.keyboard.press("Tab")
        await page.keyboard.type(unit.name.en)
        await expect(form.locator("[name=unit]")).to_have_value(unit.id)
        await form.locator("[name=save]").press("Enter")
        await expect(form).to_be_hidden()
        await expect(page.locator("[data-slot=s2] .name small")).to_contain_text(unit.name.en)
        now = hall.day.slots[1]
        assert (now.group, now.unit) == ("heads", unit.id)
        assert (now.presenter, now.planned_at) == (was.presenter, was.planned_at)
        assert operator.problems == []


async def test_a_slot_without_a_unit_is_not_sent_and_a_break_has_none(browser: Browser) -> None:
    async with _desk(browser) as (page, hall, _, _operator):
        await _begin_edit(page, "s2", "edit")
        await page.locator("[name=unit]").select_option("")
        await page.locator("#slot-form [name=save]").click()
        assert await page.locator("[name=unit]:invalid").count() == 1
        await page.locator("#slot-form [name=cancel]").click()
        await _begin_edit(page, "s4", "edit")
        await expect(page.locator("[name=unit]")).to_be_hidden()
        await page.locator("[name=allotted]").fill("12:00")
        await page.locator("#slot-form [name=save]").click()
        await expect(page.locator("#slot-form")).to_be_hidden()
        assert hall.day.slots[3].allotted_ms == 720_000


@pytest.mark.parametrize(("lang", "words"), [("zh", "已有评分"), ("en", "has marks")])
async def test_why_a_group_or_unit_stays_is_said_in_the_page_s_language(
    browser: Browser, lang: str, words: str
) -> None:
    day = Day(marked={"s2"})
    async with staging(day) as (ports, _), visitor(browser, lang=lang) as operator:
        page = await operator.open(f"{ports.url}/operator#token=any")
        await expect(page.locator("#presenter")).not_to_be_empty()
        await _begin_edit(page, "s2", "edit")
        await page.locator("[name=unit]").select_option(day.broadcast.units[9].id)
        await page.locator("#slot-form [name=save]").click()
        await expect(page.locator("#toast")).to_contain_text(words)
        await expect(page.locator("#slot-form")).to_be_visible()


async def test_a_presentation_is_put_in_while_another_is_on(browser: Browser) -> None:
    async with _desk(browser) as (page, hall, _, _operator):
        await page.keyboard.press("Space")
        await expect(page.locator("#playback")).to_have_text("On air")
        unit = hall.day.broadcast.units[9]
        await _begin_edit(page, "s2", "insert")
        await page.locator("#slot-form [name=save]").click()
        await expect(page.locator("#slot-form")).to_be_visible()  # it has no unit yet
        await page.locator("[name=unit]").select_option(unit.id)
        await page.locator("[name=presenter_en]").fill("He Min")
        await page.locator("#slot-form [name=save]").click()
        await expect(page.locator("#slots .name b").nth(2)).to_have_text("He Min")
        put = hall.day.slots[2]
        assert (put.group, put.unit, put.allotted_ms) == ("departments", unit.id, 300_000)
        assert hall.day.order[:2] == ["s1", "s2"]
        assert hall.day.order[3] == "s3"


async def test_a_form_whose_slot_has_begun_says_so_and_closes(browser: Browser) -> None:
    async with _desk(browser) as (page, hall, _, _operator):
        await _begin_edit(page, "s1", "edit")
        await page.locator("[name=presenter_en]").fill("Somebody")
        hall.day.give({"command": "start_presentation"})
        await hall.publish()
        await expect(page.locator("#slot-form")).to_be_hidden()
        await expect(page.locator("#toast")).to_contain_text("nothing was changed")
        assert _given(hall) == ["start_presentation"]


async def test_a_length_that_cannot_be_is_not_sent_and_escape_only_closes_the_form(
    browser: Browser,
) -> None:
    async with _desk(browser) as (page, hall, _, _operator):
        await _begin_edit(page, "s2", "edit")
        for wrong in ("", "soon", "5:99", "0:10", "0"):
            await page.locator("[name=allotted]").fill(wrong)
            await page.keyboard.press("Enter")
            assert await page.locator("[name=allotted]:invalid").count() == 1, wrong
        await _hold(page, "Escape")
        await expect(page.locator("#slot-form")).to_be_hidden()
        assert _given(hall) == []


async def test_a_slot_is_removed_only_by_holding(browser: Browser) -> None:
    async with _desk(browser) as (page, hall, _, _operator):
        await page.locator("[data-slot=s2]").click()
        remove = page.locator("[data-act=remove]")
        await remove.click()
        await page.wait_for_timeout(1_200)
        assert "s2" in hall.day.order
        await remove.hover()
        await page.mouse.down()
        await expect(page.locator("[data-slot=s2]")).to_have_count(0)
        await page.mouse.up()
        assert _given(hall) == ["change_rundown"]
        assert "s2" not in hall.day.order


async def test_one_screen_is_told_something_that_the_others_are_not(browser: Browser) -> None:
    async with _desk(browser) as (page, _hall, ports, _), visitor(browser, lang="en") as screen:
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
    async with _desk(browser) as (page, hall, ports, _), visitor(browser) as screen:
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
    async with _desk(browser) as (page, hall, _, _operator):
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


WRONG = {
    "error": {"reason": "invalid_rundown", "field": "column J (allotted)", "detail": "2 problems"},
    "errors": [
        {
            "line": 3,
            "field": "column J (allotted)",
            "detail": "'soon' is no length of time",
            "reason": "not_a_length",
            "value": "soon",
        },
        {
            "line": 5,
            "field": "column C (unit)",
            "detail": "no such unit",
            "reason": "unknown_unit",
            "value": "渔业局",
        },
    ],
}


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("en", ["Row 3, column J“soon” is no length", "Row 5, column CThere is no unit “渔业局”"]),
        ("zh", ["第 3 行 J 列「soon」不是时长", "第 5 行 C 列没有「渔业局」这个单位"]),
    ],
)
async def test_a_spreadsheet_that_is_refused_says_which_rows_and_columns_are_wrong(
    browser: Browser, lang: str, told: list[str]
) -> None:
    async with _desk(browser) as (page, _, ports, _operator):
        await page.route("**/rundown?*", lambda route: route.fulfill(status=400, json=WRONG))
        await page.goto(f"{ports.url}/operator?lang={lang}")
        await expect(page.locator("#presenter")).not_to_be_empty()
        await page.locator("#sheet-open").click()
        await page.locator("#sheet [name=file]").set_input_files(
            {"name": "day.csv", "mimeType": "text/csv", "buffer": b"unit"}
        )
        await expect(page.locator("#sheet li")).to_contain_text(told)


async def test_a_spreadsheet_is_loaded_for_a_day_and_can_be_taken_back(browser: Browser) -> None:
    async with _desk(browser) as (page, hall, _, operator):
        asked: list[str] = []

        async def answer(route: Route) -> None:
            asked.append(route.request.url)
            body = {"changes": ["slot s1: allotted 5:00 -> 0:20"], "seq": 0, "slots": []}
            await route.fulfill(status=200, json=body)

        await page.route("**/rundown?*", answer)
        await page.locator("#sheet-open").click()
        await page.locator("#sheet [name=day]").fill("2026-12-18")
        await page.locator("#sheet [name=file]").set_input_files(
            {"name": "day.csv", "mimeType": "text/csv", "buffer": b"unit"}
        )
        await expect(page.locator("#toast")).to_contain_text("Changes loaded: 1")
        await expect(page.locator("#sheet")).to_be_hidden()
        assert "day=2026-12-18" in asked[0]
        await page.keyboard.press("KeyU")
        await _until_given(page, hall, "change_rundown")
        assert operator.problems == []


async def test_what_lies_over_the_desk_closes_with_a_key_of_the_desk(browser: Browser) -> None:
    async with _desk(browser) as (page, hall, _, _operator):
        for key, given in (("Escape", []), ("Space", ["start_presentation"])):
            await page.locator("#preflight-open").click()
            await expect(page.locator("#preflight")).to_be_visible()
            await page.keyboard.press(key)
            await expect(page.locator("#preflight")).to_be_hidden()
            await _until_given(page, hall, *given)


async def test_a_rehearsal_long_before_the_day_says_so_in_days(browser: Browser) -> None:
    day = Day()
    later = now_ms() + 26 * 86_400_000
    day.slots = [structs.replace(slot, planned_at=later) for slot in day.slots]
    async with _desk(browser, day) as (page, hall, _, _operator):
        hall.day.give({"command": "start_presentation"})
        await hall.publish()
        await expect(page.locator("#drift")).to_have_text("26 days early")
        await expect(page.locator(".real small")).to_have_count(0)
