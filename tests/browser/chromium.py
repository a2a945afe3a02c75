"""A real Chromium, and pages in it that must end without an error of their own."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
ABSENT = f"none of {', '.join(NAMES)} is on the path (apt-get install chromium)"
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]
SIZES = {
    "narrow": (320, 640),
    "phone": (390, 844),
    "tablet": (1024, 768),
    "laptop": (1280, 720),
    "hall": (1920, 1080),
}


def chromium_path() -> str | None:
    """Where Chromium is, if anywhere."""
    named = os.environ.get("TRIBUNE_CHROMIUM")
    return next(filter(None, [named, *map(shutil.which, NAMES)]), None)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Run Chromium until the block ends."""
    path = chromium_path()
    assert path, ABSENT
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Visitor:
    """Someone with a screen: opens pages, and remembers what went wrong in them."""

    context: BrowserContext
    problems: list[str] = field(default_factory=list)

    async def open(self, url: str, *, fake_clock: bool = False) -> Page:
        page = await self.context.new_page()
        if fake_clock:
            await page.clock.install()
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", self._hear)
        await page.goto(url)
        return page

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.problems.append(message.text)


@asynccontextmanager
async def visitor(
    browser: Browser, size: str = "hall", *, lang: str = "zh", **context: Any
) -> AsyncIterator[Visitor]:
    """A visitor with a screen of a size; leaves when the block ends."""
    width, height = SIZES[size]
    made = await browser.new_context(
        viewport={"width": width, "height": height},
        locale="zh-CN" if lang == "zh" else "en-GB",
        timezone_id="Asia/Shanghai",
        **context,
    )
    try:
        yield Visitor(made)
    finally:
        await made.close()
