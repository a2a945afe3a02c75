"""The real system, seen through real pages: phones vote, the hall's board moves."""

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.chromium import visitor
from tests.browser.evening import COUNTY, ROUND
from tests.support.system import System, running_system

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(180),
]

SHORT_ROUND = "short-2026"
SHORT = f"  - {{id: {SHORT_ROUND}, title: {{zh: 快评, en: Short}}, minimum_ballots: 1}}\n"
COUNTED_WITHIN_MS = 15_000
BACK_WITHIN_MS = 40_000


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Everything up, the county loaded with a minimum of one ballot, its round open."""
    folder = tmp_path_factory.mktemp("evening")
    text = COUNTY.read_text(encoding="utf-8")
    text = re.sub(r"minimum_ballots: 30\b", "minimum_ballots: 1", text)
    (folder / "evening.yaml").write_text(
        text.replace("rounds:\n", f"rounds:\n{SHORT}", 1), encoding="utf-8"
    )
    with running_system(folder) as running:
        running.tribune("load", str(folder / "evening.yaml"))
        running.tribune("round", "open", ROUND)
        yield running


def _board(system: System, round_id: str = ROUND) -> str:
    return f"{system.url('console')}/board?board=satisfaction:{round_id}"


def _vote(system: System, unit: str, round_id: str = ROUND) -> str:
    return f"{system.url('gateway')}/vote?round={round_id}&unit={unit}"


async def _tap(page: Page, choice: str) -> None:
    await page.locator(f'button[value="{choice}"]').click()


async def _is_counted(page: Page) -> None:
    await expect(page.locator("#said b")).to_be_visible(timeout=COUNTED_WITHIN_MS)
    await expect(page.locator("#said")).to_contain_text(re.compile(r"([0-9a-f]{4}-){4}[0-9a-f]{4}"))


async def _shows(page: Page, unit: str, score: str, rated: int) -> None:
    row = page.locator("#ranked .row", has=page.get_by_text(unit, exact=True))
    await expect(row.locator(".score")).to_have_text(score, timeout=COUNTED_WITHIN_MS)
    await expect(row.locator(".rated")).to_have_text(str(rated), timeout=COUNTED_WITHIN_MS)


async def test_a_tap_on_a_phone_moves_the_bar_in_the_hall(browser: Browser, system: System) -> None:
    async with (
        visitor(browser, "hall") as hall,
        visitor(browser, "phone", has_touch=True) as phone,
    ):
        board = await hall.open(_board(system))
        await expect(board.locator("body")).to_have_attribute("data-live", "live")
        page = await phone.open(f"{system.url('console')}/vote?lang=zh")
        assert page.url.startswith(system.url("gateway"))
        await page.locator("#find").fill("卫健")
        await page.get_by_text("卫生健康局").tap()
        await _tap(page, "very_satisfied")
        await expect(page.locator('button[value="very_satisfied"]')).to_have_class(
            re.compile("chosen")
        )
        await _is_counted(page)
        await _shows(board, "卫生健康局", "100.00", 1)
        await _tap(page, "not_satisfied")
        await _is_counted(page)
        await _shows(board, "卫生健康局", "0.00", 1)
        await page.locator(".back").click()
        await expect(page.locator('[data-unit="health"] em')).to_have_text("已评")
        assert hall.problems == phone.problems == []


async def test_a_plain_form_votes_without_javascript(browser: Browser, system: System) -> None:
    async with (
        visitor(browser, "hall", lang="en") as hall,
        visitor(browser, "phone", lang="en", java_script_enabled=False) as phone,
    ):
        board = await hall.open(_board(system))
        page = await phone.open(f"{system.url('gateway')}/vote")
        await page.get_by_text("Education Bureau").click()
        await _tap(page, "satisfied")
        await _is_counted(page)
        await expect(page.locator('button[value="satisfied"]')).to_have_attribute(
            "aria-pressed", "true"
        )
        await _shows(board, "Education Bureau", "80.00", 1)
        await _tap(page, "average")
        await _is_counted(page)
        await _shows(board, "Education Bureau", "60.00", 1)


async def test_a_vote_needs_no_pointer(browser: Browser, system: System) -> None:
    async with visitor(browser, "phone", lang="en") as phone:
        page = await phone.open(_vote(system, "transport"))
        for _ in range(4):
            await page.keyboard.press("Tab")
        focused = page.locator("button:focus")
        await expect(focused).to_have_attribute("value", "satisfied")
        outline = "parseFloat(getComputedStyle(document.activeElement).outlineWidth)"
        assert await page.evaluate(outline) >= 2
        await page.keyboard.press("Enter")
        await _is_counted(page)


async def test_the_vote_page_is_light_over_the_wire(browser: Browser, system: System) -> None:
    async with visitor(browser, "phone") as phone:
        page = await phone.context.new_page()
        wire = await phone.context.new_cdp_session(page)
        received: list[float] = []
        await wire.send("Network.enable")
        wire.on(
            "Network.loadingFinished", lambda event: received.append(event["encodedDataLength"])
        )
        await page.goto(f"{system.url('gateway')}/vote?round={ROUND}", wait_until="networkidle")
        listed = sum(received)
        await page.goto(_vote(system, "water"), wait_until="networkidle")
        await _tap(page, "average")
        await _is_counted(page)
        print(f"/vote: the list {listed:.0f} B, list, unit and one ballot {sum(received):.0f} B")
        assert 0 < listed < 30_000
        assert sum(received) - listed < 30_000


async def test_a_lost_push_is_said_and_what_happened_meanwhile_is_shown(
    browser: Browser, system: System
) -> None:
    async with (
        visitor(browser, "hall", lang="en") as hall,
        visitor(browser, "phone", lang="en") as phone,
    ):
        board = await hall.open(_board(system))
        await expect(board.locator("body")).to_have_attribute("data-live", "live")
        page = await phone.open(_vote(system, "finance"))
        system.kill("push")
        await expect(board.locator("#live")).to_have_text(re.compile("Reconnecting"))
        await _tap(page, "very_satisfied")
        await _is_counted(page)
        await expect(board.locator("body")).to_have_attribute(
            "data-live", "live", timeout=BACK_WITHIN_MS
        )
        await _shows(board, "Finance Bureau", "100.00", 1)


async def test_a_phone_keeps_trying_until_the_gateway_is_back(
    browser: Browser, system: System
) -> None:
    async with visitor(browser, "phone", lang="en") as phone:
        page = await phone.open(_vote(system, "audit"))
        system.kill("gateway")
        await _tap(page, "average")
        await expect(page.locator("#said")).to_contain_text("trying again")
        await _tap(page, "satisfied")
        await expect(page.locator("#said b")).to_be_visible(timeout=BACK_WITHIN_MS)
        await expect(page.locator('button[value="satisfied"]')).to_have_class(re.compile("chosen"))


@pytest.mark.parametrize("path", ["/", "/board", "/overlay", "/vote"])
async def test_pages_come_in_both_languages_without_an_error(
    browser: Browser, system: System, path: str
) -> None:
    async with visitor(browser, lang="en") as reader:
        page = await reader.open(f"{system.url('console')}{path}")
        await expect(page.locator("html")).to_have_attribute("lang", "en")
        await page.goto(f"{system.url('console')}{path}?lang=zh")
        await expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
        assert reader.problems == []


async def test_switching_language_keeps_what_is_looked_at(browser: Browser, system: System) -> None:
    async with visitor(browser) as reader:
        page = await reader.open(f"{_board(system)}&rows=8")
        await page.locator(".switch").click()
        await expect(page.locator("html")).to_have_attribute("lang", "en")
        assert f"board=satisfaction%3A{ROUND}" in page.url
        assert "rows=8" in page.url
        page = await reader.open(_vote(system, "water"))
        await page.locator(".switch").click()
        await expect(page.locator("h1")).to_have_text("Water Resources Bureau")


async def test_the_front_page_leads_to_everything_that_is_open(
    browser: Browser, system: System
) -> None:
    async with visitor(browser, lang="en") as reader:
        page = await reader.open(f"{system.url('console')}/")
        await expect(page.locator(".open h3")).to_have_count(1)
        await page.wait_for_function("() => document.querySelector('.code img')?.naturalWidth > 0")
        for part in range(3):
            await expect(page.locator("#system li").nth(part)).to_have_attribute(
                "data-state", "good", timeout=15_000
            )
        for link in await page.locator("a[href]").all():
            href = await link.evaluate("node => node.href")
            answer = await page.request.get(href)
            assert answer.status == 200, href
        await page.get_by_text("Hall board").first.click()
        await expect(page.locator("#round")).to_contain_text("How satisfied are you?")
        assert reader.problems == []


async def test_a_round_that_closes_ends_on_every_screen(browser: Browser, system: System) -> None:
    system.tribune("round", "open", SHORT_ROUND)
    async with (
        visitor(browser, "hall", lang="en") as hall,
        visitor(browser, "phone", lang="en") as phone,
    ):
        board = await hall.open(_board(system, SHORT_ROUND))
        page = await phone.open(_vote(system, "housing", SHORT_ROUND))
        await _tap(page, "satisfied")
        await _is_counted(page)
        await _shows(board, "Housing Bureau", "80.00", 1)
        system.tribune("round", "close", SHORT_ROUND)
        await expect(board.locator("#seal")).to_have_text("Final", timeout=30_000)
        await _tap(page, "average")
        await expect(page.locator("#said")).to_contain_text("not open now")
        await page.reload()
        await expect(page.locator(".notice")).to_contain_text("Voting has ended")
        await expect(page.locator("button:disabled")).to_have_count(5)
        await _shows(board, "Housing Bureau", "80.00", 1)
