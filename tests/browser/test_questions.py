"""The page of questions says what it is waiting for, and nothing of that once it is there."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.chromium import visitor
from tests.browser.day import Day
from tests.browser.stage import staging

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CONSOLE = "**/api/broadcasts"


@pytest.mark.parametrize(
    ("lang", "waits", "empty"),
    [
        ("en", "The console does not answer", "listed here once they have been let through"),
        ("zh", "控制台没有应答", "市民的提问经过审核后，会列在这里"),
    ],
)
async def test_a_page_that_was_opened_before_the_console_answers_is_right_once_it_does(
    browser: Browser, lang: str, waits: str, empty: str
) -> None:
    async with staging(Day()) as (ports, _), visitor(browser, lang=lang) as viewer:
        await viewer.context.route(CONSOLE, lambda route: route.fulfill(status=503))
        page = await viewer.open(f"{ports.url}/questions")
        await expect(page.locator("#next")).to_contain_text(waits)
        await viewer.context.unroute(CONSOLE)
        await expect(page.locator("#next")).to_contain_text(empty, timeout=15_000)
