"""The public page's door: a form, a script, a cookie, and who may not post."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from schemas.addresses import KafkaAddress
from schemas.broadcasts import Round, Text
from streams.log.kafka import KafkaLog
from streams.log.topics import ensure_topics
from tests.support.broker import shared_log
from tests.support.gateway import Gateway, ballots_in, closing, open_evening, running_gateway, say
from tests.support.peers import problem

ROUNDS = [
    Round("first", Text("一", "First"), accepts=["web", "wechat"]),
    Round("closed", Text("三", "Third")),
    Round("partners-only", Text("二", "Second"), accepts=["partner"]),
    Round("second", Text("四", "Fourth"), accepts=["web"], units=["water"]),
]
FORM = {"round": "first", "unit": "housing", "choice": "very_satisfied"}


@pytest.fixture(scope="module")
def address() -> Iterator[KafkaAddress]:
    embedded = shared_log()
    asyncio.run(ensure_topics(KafkaLog(embedded)))
    asyncio.run(open_evening(embedded, *ROUNDS))
    asyncio.run(say(embedded, closing("closed")))
    yield embedded


@pytest.fixture(scope="module")
def gateway(address: KafkaAddress) -> Iterator[Gateway]:
    with running_gateway(address) as running:
        yield running


@pytest.fixture
def browser(gateway: Gateway) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=gateway.url) as client:
        yield client


def shown(answer: httpx.Response) -> dict[str, Any]:
    """What the page was asked to show."""
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()


def test_the_page_offers_the_open_rounds_that_take_the_web(browser: httpx.Client) -> None:
    page = browser.get("/vote", headers={"accept-language": "en-GB"})
    assert page.status_code == 200
    assert shown(page) == {
        "lang": "en",
        "rounds": ["second", "first"],
        "round": "second",
        "unit": None,
        "choice": None,
        "receipt": None,
        "error": None,
    }


def test_the_address_says_what_to_show(browser: httpx.Client) -> None:
    page = shown(browser.get("/vote?lang=zh&round=first&unit=housing&choice=average"))
    assert (page["lang"], page["round"], page["unit"]) == ("zh", "first", "housing")
    assert page["choice"] == "average"
    unknown = shown(browser.get("/vote?round=nowhere&unit=%ff"))
    assert (unknown["round"], unknown["unit"], unknown["error"]) == (None, None, None)


async def test_a_form_without_a_script_votes_and_shows_the_receipt(
    browser: httpx.Client, address: KafkaAddress
) -> None:
    browser.get("/vote")
    page = browser.post("/vote?lang=en", data=FORM)
    assert page.status_code == 200
    assert len(shown(page)["receipt"]) == 20
    assert "set-cookie" not in page.headers
    newest = (await ballots_in(address))[-1]
    assert (newest.round, newest.unit, newest.choice) == ("first", "housing", 0)
    assert newest.source == "web"


async def test_the_cookie_is_the_voter(browser: httpx.Client, address: KafkaAddress) -> None:
    for choice in ("satisfied", "average"):
        ballot = FORM | {"unit": "water", "choice": choice}
        assert browser.post("/vote", json=ballot).json().keys() == {"receipt"}
    other = httpx.post(f"{browser.base_url}/vote", json=FORM | {"unit": "water"})
    assert other.status_code == 200
    cast = [each for each in await ballots_in(address) if each.unit == "water"][-3:]
    voters = {each.voter for each in cast}
    assert len(cast) == 3
    assert len(voters) == 2


def test_a_cookie_that_was_not_given_out_here_is_replaced(gateway: Gateway) -> None:
    forged = {"cookie": "tribune_voter=me.00000000000000000000000000000000"}
    answer = httpx.post(f"{gateway.url}/vote", json=FORM, headers=forged)
    assert answer.status_code == 200
    attributes = answer.headers["set-cookie"]
    assert "HttpOnly" in attributes
    assert "SameSite=Lax" in attributes
    assert "me." not in attributes


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (FORM | {"round": "nowhere"}, (400, "unknown_round", "round")),
        (FORM | {"unit": "nobody"}, (400, "unknown_unit", "unit")),
        (FORM | {"choice": "great"}, (400, "unknown_choice", "choice")),
        (FORM | {"round": "closed"}, (403, "round_not_open", "round")),
        (FORM | {"round": "partners-only"}, (403, "door_not_accepted", "round")),
        ({"round": "first"}, (400, "bad_form", None)),
        (FORM | {"voter": "me"}, (400, "bad_form", None)),
    ],
)
def test_a_refusal_is_said_in_json_and_on_the_page(
    browser: httpx.Client, fields: dict[str, str], expected: tuple[int, str, str | None]
) -> None:
    assert problem(browser.post("/vote", json=fields)) == expected
    page = browser.post("/vote", data=fields)
    assert (page.status_code, shown(page)["error"]) == expected[:2]
    assert shown(page)["receipt"] is None


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://elsewhere.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_page_of_another_origin_cannot_vote(
    browser: httpx.Client, headers: dict[str, str]
) -> None:
    assert problem(browser.post("/vote", json=FORM, headers=headers))[:2] == (
        403,
        "not_from_this_page",
    )
    page = browser.post("/vote", data=FORM, headers=headers)
    assert (page.status_code, shown(page)["error"]) == (403, "not_from_this_page")


def test_a_page_of_this_origin_can(browser: httpx.Client) -> None:
    origin = str(browser.base_url).rstrip("/")
    headers = {"origin": origin, "sec-fetch-site": "same-origin"}
    assert browser.post("/vote", data=FORM, headers=headers).status_code == 200


def test_other_media_types_are_refused(browser: httpx.Client) -> None:
    answer = browser.post("/vote", content=b"x", headers={"content-type": "text/plain"})
    assert problem(answer) == (415, "bad_media_type", None)


def test_one_browser_has_a_limit_a_minute(browser: httpx.Client) -> None:
    browser.get("/vote")
    statuses = [browser.post("/vote", json=FORM).status_code for _ in range(125)]
    assert statuses == [200] * 120 + [429] * 5
    page = browser.post("/vote", data=FORM)
    assert (page.status_code, shown(page)["error"]) == (429, "too_many_ballots")
    assert 0 < int(page.headers["retry-after"]) <= 60


def test_before_the_log_is_read_the_page_says_try_again() -> None:
    away = KafkaAddress("127.0.0.1:9")
    with running_gateway(away, is_ready=False) as gateway:
        gateway.await_health(503)
        page = httpx.get(f"{gateway.url}/vote")
        refused = httpx.post(f"{gateway.url}/vote", json=FORM)
    assert (page.status_code, shown(page)["error"]) == (503, "try_again")
    assert problem(refused) == (503, "not_caught_up", None)
    assert int(page.headers["retry-after"]) > 0
