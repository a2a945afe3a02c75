"""Cards and groups at the desk: a card taken back, a board revealed row by row, its versions."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.chromium import visitor
from tests.browser.day import Day
from tests.browser.desk import desk, hold

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_lost_card_is_taken_back_by_holding_and_a_new_one_is_shown(
    browser: Browser,
) -> None:
    async with desk(browser) as (page, hall, _, operator):
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


async def test_the_next_row_is_seen_here_only_and_revealed_by_holding_a_key(
    browser: Browser,
) -> None:
    day = Day()
    day.close("departments")
    async with desk(browser, day) as (page, hall, ports, _), visitor(browser, lang="en") as public:
        board = await public.open(f"{ports.url}/board?board=presentations:departments")
        await expect(page.locator(".preview b")).to_contain_text("Wang Haitao")
        await expect(board.locator(".row.hidden")).to_have_count(3)
        await hold(page, "KeyR")
        await expect(board.locator(".row:not(.hidden) .name b")).to_have_text(["Wang Haitao"])
        await expect(page.locator(".preview b")).to_contain_text("Lin Xiaomei")
        assert hall.day.revealed == {"departments": 1}


async def test_who_was_skipped_is_never_next_to_be_revealed_and_comes_out_with_the_first_place(
    browser: Browser,
) -> None:
    day = Day()
    day.give({"command": "skip_slot", "slot": "s3"})
    day.close("departments")
    async with desk(browser, day) as (page, hall, ports, _), visitor(browser, lang="en") as public:
        board = await public.open(f"{ports.url}/board?board=presentations:departments")
        for shown, who in enumerate(("Lin Xiaomei", "Chen Jianguo")):
            await expect(page.locator(".preview b")).to_contain_text(who)
            await expect(board.locator(".row:not(.hidden)")).to_have_count(shown)
            await hold(page, "KeyR")
        await expect(board.locator(".row:not(.hidden)")).to_have_count(3)
        assert hall.day.revealed == {"departments": 3}


async def test_a_group_without_any_mark_is_revealed_at_once(browser: Browser) -> None:
    day = Day()
    for slot in ("s1", "s2", "s3"):
        day.give({"command": "skip_slot", "slot": slot})
    day.close("departments")
    async with desk(browser, day) as (page, hall, ports, _), visitor(browser, lang="en") as public:
        board = await public.open(f"{ports.url}/board?board=presentations:departments")
        await expect(page.locator(".preview")).to_be_visible()
        await hold(page, "KeyR")
        await expect(board.locator(".row:not(.hidden)")).to_have_count(3)
        assert hall.day.revealed == {"departments": 3}


async def test_a_board_that_was_corrected_names_its_versions_and_the_old_one_opens(
    browser: Browser,
) -> None:
    day = Day()
    day.close("departments")
    day.reveal("departments", "all")
    day.correct("two digits swapped")
    async with desk(browser, day) as (page, hall, ports, _), visitor(browser, lang="en") as public:
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
