"""The operator's desk over a stand-in day, for the tests that press its keys."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Page, expect

from tests.browser.chromium import Visitor, visitor
from tests.browser.day import Day
from tests.browser.serving import Ports
from tests.browser.stage import Hall, staging


@asynccontextmanager
async def desk(
    browser: Browser, day: Day | None = None
) -> AsyncGenerator[tuple[Page, Hall, Ports, Visitor]]:
    own = day or Day(devices={"hall": {}, "broadcast": {}})
    async with staging(own) as (ports, hall), visitor(browser, lang="en") as operator:
        page = await operator.open(f"{ports.url}/operator#token=any")
        await expect(page.locator("#presenter")).not_to_be_empty()
        await expect(page.locator("#live")).to_have_text("Live")
        yield page, hall, ports, operator


def given(hall: Hall) -> list[str]:
    return [command["command"] for command in hall.day.commands]


async def until_given(page: Page, hall: Hall, *names: str) -> None:
    for _ in range(100):
        if given(hall) == list(names):
            return
        await page.wait_for_timeout(30)
    assert given(hall) == list(names)


async def hold(page: Page, key: str, ms: int = 1_300) -> None:
    await page.keyboard.down(key)
    await page.wait_for_timeout(ms)
    await page.keyboard.up(key)
