"""One Chromium for all tests of the pages; where there is none they are skipped, and say so."""

import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.chromium import ABSENT, chromium, chromium_path


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if chromium_path() or os.environ.get("TRIBUNE_REQUIRE_ALL") == "1":
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=f"NO PAGE CAN BE SEEN HERE: {ABSENT}"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running
