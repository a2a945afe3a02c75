"""What the console sends for a page's address: language, policy, and the code for phones."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from dashboards.pages import qr
from tests.browser.rehearsal import rehearsing
from tests.browser.serving import Ports

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served() -> AsyncIterator[tuple[Ports, httpx.AsyncClient]]:
    async with rehearsing(None) as (ports, _), httpx.AsyncClient(base_url=ports.url) as client:
        yield ports, client


Served = tuple[Ports, httpx.AsyncClient]


@pytest.mark.parametrize("path", ["/", "/board", "/overlay"])
async def test_a_page_holds_no_script_or_style_of_its_own(served: Served, path: str) -> None:
    _, client = served
    answer = await client.get(path)
    assert "script-src 'self'; style-src 'self'" in answer.headers["content-security-policy"]
    assert not re.search(r"""<script>|<style>|\s(?:on[a-z]+|style)=["']""", answer.text)
    loaded = re.findall(r'<(?!a )[^>]*\s(?:src|href)="([^"?#]+)"', answer.text)
    assert loaded
    assert all(address.startswith("/static/") for address in loaded)
    for address in loaded:
        assert (await client.get(address)).status_code == 200, address


@pytest.mark.parametrize("path", ["/", "/board", "/overlay"])
async def test_a_page_comes_in_the_reader_s_language(served: Served, path: str) -> None:
    _, client = served
    answer = await client.get(path, headers={"accept-language": "en-GB"})
    assert '<html lang="en"' in answer.text
    assert answer.headers["content-language"] == "en"
    assert answer.headers["vary"] == "accept-language"
    assert '<html lang="zh-CN"' in (await client.get(f"{path}?lang=zh")).text


async def test_the_switch_of_language_keeps_the_rest_of_the_address(served: Served) -> None:
    _, client = served
    page = (await client.get("/board?board=satisfaction:r1&lang=zh&rows=8")).text
    assert 'href="?board=satisfaction%3Ar1&amp;rows=8&amp;lang=en"' in page


async def test_an_address_cannot_write_into_the_page(served: Served) -> None:
    _, client = served
    page = (await client.get("/board", params={"board": '"><script>alert(1)</script>'})).text
    assert "<script>alert" not in page


async def test_the_code_leads_to_the_gateway_by_the_name_that_the_reader_used(
    served: Served,
) -> None:
    ports, client = served
    answer = await client.get("/qr/vote.svg?round=r1&more=x", headers={"host": "hall.example"})
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.content == qr.svg(f"http://hall.example:{ports.gateway_port}/vote?round=r1")


async def test_phones_are_known_not_to_reach_a_page_of_this_machine_only(served: Served) -> None:
    _, client = served
    assert '"phones_reach_us":false' in (await client.get("/")).text
    far = await client.get("/", headers={"host": "192.168.1.20:8080"})
    assert '"phones_reach_us":true' in far.text
