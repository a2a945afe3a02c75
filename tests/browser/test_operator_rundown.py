"""The rundown at the desk: what is ahead is changed, and what is wrong is said where it stands."""

import pytest
from playwright.async_api import Browser, Page, Route, expect

from schemas.broadcasts import Text
from tests.browser.chromium import visitor
from tests.browser.day import Day
from tests.browser.desk import desk, given, hold, until_given
from tests.browser.stage import staging

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_what_is_ahead_is_moved_and_what_is_on_is_not(browser: Browser) -> None:
    async with desk(browser) as (page, hall, _, _operator):
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


async def _begin_edit(page: Page, slot: str, act: str) -> None:
    await page.locator(f"[data-slot={slot}]").click()
    await page.locator(f"[data-act={act}]").click()
    await expect(page.locator("#slot-form")).to_be_visible()


async def test_a_slot_that_is_ahead_is_renamed_and_given_another_time(browser: Browser) -> None:
    async with desk(browser) as (page, hall, _, operator):
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
    async with desk(browser) as (page, hall, _, operator):
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
    async with desk(browser) as (page, hall, _, _operator):
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
    async with desk(browser) as (page, hall, _, _operator):
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
    async with desk(browser) as (page, hall, _, _operator):
        await _begin_edit(page, "s1", "edit")
        await page.locator("[name=presenter_en]").fill("Somebody")
        hall.day.give({"command": "start_presentation"})
        await hall.publish()
        await expect(page.locator("#slot-form")).to_be_hidden()
        await expect(page.locator("#toast")).to_contain_text("nothing was changed")
        assert given(hall) == ["start_presentation"]


async def test_a_length_that_cannot_be_is_not_sent_and_escape_only_closes_the_form(
    browser: Browser,
) -> None:
    async with desk(browser) as (page, hall, _, _operator):
        await _begin_edit(page, "s2", "edit")
        for wrong in ("", "soon", "5:99", "0:10", "0"):
            await page.locator("[name=allotted]").fill(wrong)
            await page.keyboard.press("Enter")
            assert await page.locator("[name=allotted]:invalid").count() == 1, wrong
        await hold(page, "Escape")
        await expect(page.locator("#slot-form")).to_be_hidden()
        assert given(hall) == []


async def test_a_slot_is_removed_only_by_holding(browser: Browser) -> None:
    async with desk(browser) as (page, hall, _, _operator):
        await page.locator("[data-slot=s2]").click()
        remove = page.locator("[data-act=remove]")
        await remove.click()
        await page.wait_for_timeout(1_200)
        assert "s2" in hall.day.order
        await remove.hover()
        await page.mouse.down()
        await expect(page.locator("[data-slot=s2]")).to_have_count(0)
        await page.mouse.up()
        assert given(hall) == ["change_rundown"]
        assert "s2" not in hall.day.order


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
    async with desk(browser) as (page, _, ports, _operator):
        await page.route("**/rundown?*", lambda route: route.fulfill(status=400, json=WRONG))
        await page.goto(f"{ports.url}/operator?lang={lang}")
        await expect(page.locator("#presenter")).not_to_be_empty()
        await page.locator("#sheet-open").click()
        await page.locator("#sheet [name=file]").set_input_files(
            {"name": "day.csv", "mimeType": "text/csv", "buffer": b"unit"}
        )
        await expect(page.locator("#sheet li")).to_contain_text(told)


async def test_a_spreadsheet_is_loaded_for_a_day_and_can_be_taken_back(browser: Browser) -> None:
    async with desk(browser) as (page, hall, _, operator):
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
        await until_given(page, hall, "change_rundown")
        assert operator.problems == []
