"""Partners' ballots: what is taken, what is refused and why, and what the log has of it."""

import asyncio
import json
from collections.abc import Iterator

import httpx
import pytest

from schemas.addresses import KafkaAddress
from schemas.ballots import CHOICES, VOTER_BITS
from schemas.broadcasts import Round, Text
from streams.gateway.config import GatewayLimits
from streams.log.kafka import KafkaLog
from streams.log.topics import ensure_topics
from tests.support.broker import shared_log
from tests.support.gateway import (
    Gateway,
    ballots_in,
    closing,
    now_ms,
    open_evening,
    running_gateway,
    say,
)
from tests.support.peers import ballot, headers_for, post_at_once, post_votes, problem

ROUNDS = [
    Round("satisfaction", Text("满意度", "Satisfaction")),
    Round("web-only", Text("网页", "Web"), accepts=["web"]),
    Round("closed", Text("已结束", "Closed")),
]


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


async def test_a_ballot_of_a_foreign_client_is_in_the_log_when_it_is_answered(
    gateway: Gateway, address: KafkaAddress
) -> None:
    voted_at = now_ms() - 5_000
    answer = post_votes(gateway, ballot(voter="citizen-1", voted_at=voted_at))
    assert answer.status_code == 200
    assert list(answer.json()) == ["receipt"]
    found = [each for each in await ballots_in(address) if each.created_at == voted_at]
    assert [each._replace(voter=0) for each in found] == [
        ("satisfaction", "housing", 0, 1, voted_at, "partner:acme")
    ]
    assert 0 < found[0].voter < 1 << VOTER_BITS


async def test_a_list_is_taken_whole_with_a_receipt_for_each(
    gateway: Gateway, address: KafkaAddress
) -> None:
    at = now_ms()
    body = [
        ballot(voter=f"many-{n}", choice=CHOICES[n % 5], voted_at=at + n % 7) for n in range(400)
    ]
    answer = post_votes(gateway, body)
    assert answer.status_code == 200
    assert len({each["receipt"] for each in answer.json()}) == 400
    found = [each for each in await ballots_in(address) if at <= each.created_at < at + 7]
    assert len({each.voter for each in found}) == len(found) == 400


async def test_a_list_with_one_ballot_at_fault_is_not_taken_at_all(
    gateway: Gateway, address: KafkaAddress
) -> None:
    at = now_ms() - 100_000
    body = [ballot(voted_at=at), ballot(voted_at=at), ballot(voted_at=at, unit="nobody")]
    assert problem(post_votes(gateway, body)) == (400, "unknown_unit", "[2].unit")
    assert not [each for each in await ballots_in(address) if each.created_at == at]


async def test_the_same_id_gets_the_same_answer_and_counts_once(
    gateway: Gateway, address: KafkaAddress
) -> None:
    at = now_ms() - 200_000
    body = json.dumps([ballot(voter=f"again-{n}", voted_at=at) for n in range(3)]).encode()
    again = [(body, headers_for(body, "msg_again")) for _ in range(20)]
    answers = await post_at_once(gateway, again)
    answers += await post_at_once(gateway, again)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert len([each for each in await ballots_in(address) if each.created_at == at]) == 3


def test_a_refusal_is_the_same_again_too(gateway: Gateway) -> None:
    first = post_votes(gateway, ballot(round="nowhere"), "msg_refused")
    second = post_votes(gateway, ballot(), "msg_refused")
    assert problem(first) == problem(second) == (400, "unknown_round", "round")


def test_a_restarted_gateway_gives_the_same_receipts(
    gateway: Gateway, address: KafkaAddress
) -> None:
    body = [ballot(voter="restart-1"), ballot(voter="restart-2")]
    before = post_votes(gateway, body, "msg_restart")
    with running_gateway(address) as restarted:
        after = post_votes(restarted, body, "msg_restart")
    assert before.status_code == after.status_code == 200
    assert before.json() == after.json()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (ballot(round="nowhere"), (400, "unknown_round", "round")),
        (ballot(unit="nobody"), (400, "unknown_unit", "unit")),
        (ballot(choice="great"), (400, "bad_ballot", "choice")),
        (ballot(voter=5), (400, "bad_ballot", "voter")),
        ([ballot(), ballot(voter=None)], (400, "bad_ballot", "[1].voter")),
        ([ballot()] * 501, (400, "bad_ballot", None)),
        (ballot(voted_at=9_000_000_000_000), (400, "bad_ballot", "voted_at")),
        (b"{", (400, "bad_json", None)),
        (ballot(round="closed"), (403, "round_not_open", "round")),
        ([ballot(), ballot(round="closed")], (403, "round_not_open", "[1].round")),
        (ballot(round="web-only"), (403, "door_not_accepted", "round")),
        (b" " * 65_537, (413, "body_too_large", None)),
        ([ballot(voter="too-many")] * 121, (429, "too_many_ballots", None)),
    ],
)
def test_what_is_refused_is_said_with_its_field_and_reason(
    gateway: Gateway, body: object, expected: tuple[int, str, str | None]
) -> None:
    counted = gateway.metric("tribune_gateway_requests_total", door="partner", outcome=expected[1])
    answer = post_votes(gateway, body)
    assert problem(answer) == expected
    assert ("retry-after" in answer.headers) == (answer.status_code == 429)
    now_counted = gateway.metric(
        "tribune_gateway_requests_total", door="partner", outcome=expected[1]
    )
    assert now_counted == counted + 1


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"x-tribune-partner": "nobody"}, (401, "unknown_partner", "x-tribune-partner")),
        ({"x-tribune-partner": ""}, (401, "unknown_partner", "x-tribune-partner")),
        ({"webhook-id": "another"}, (401, "bad_signature", "webhook-signature")),
        ({"webhook-id": ""}, (401, "bad_header", "webhook-id")),
        ({"webhook-signature": "v1,AAAA"}, (401, "bad_signature", "webhook-signature")),
        ({"webhook-signature": ""}, (401, "bad_header", "webhook-signature")),
        ({"webhook-timestamp": "soon"}, (401, "bad_header", "webhook-timestamp")),
        ({"webhook-timestamp": "1700000000"}, (401, "stale", "webhook-timestamp")),
    ],
)
def test_who_does_not_sign_is_refused(
    gateway: Gateway, other: dict[str, str], expected: tuple[int, str, str]
) -> None:
    body = json.dumps(ballot()).encode()
    answer = httpx.post(f"{gateway.url}/votes", content=body, headers=headers_for(body) | other)
    assert problem(answer) == expected


@pytest.mark.parametrize("seconds", [-302, 302])
def test_a_signature_five_minutes_from_now_is_stale(gateway: Gateway, seconds: int) -> None:
    body = json.dumps(ballot()).encode()
    headers = headers_for(body, at_s=now_ms() / 1000 + seconds)
    answer = httpx.post(f"{gateway.url}/votes", content=body, headers=headers)
    assert problem(answer) == (401, "stale", "webhook-timestamp")


def test_questions_are_not_taken_yet_and_only_a_partner_is_told(gateway: Gateway) -> None:
    signed = httpx.post(f"{gateway.url}/questions", content=b"{}", headers=headers_for(b"{}"))
    assert problem(signed) == (404, "not_taken_yet", None)
    unsigned = httpx.post(f"{gateway.url}/questions", content=b"{}")
    assert unsigned.status_code == 401


def test_paths_and_methods_that_are_not_there_are_said_to_be_not_there(gateway: Gateway) -> None:
    assert problem(httpx.get(f"{gateway.url}/nowhere")) == (404, "not_found", None)
    assert problem(httpx.get(f"{gateway.url}/votes/")) == (404, "not_found", None)
    refused = httpx.get(f"{gateway.url}/votes")
    assert problem(refused) == (405, "method_not_allowed", None)
    assert refused.headers["allow"] == "POST"
    assert httpx.head(f"{gateway.url}/healthz").status_code == 200


async def test_a_partner_has_a_limit_a_second_in_ballots(address: KafkaAddress) -> None:
    limits = GatewayLimits(per_partner_per_second=250)
    with running_gateway(address, limits=limits) as gateway:
        body = json.dumps([ballot(voter=f"second-{n}") for n in range(100)]).encode()
        answers = await post_at_once(gateway, [(body, headers_for(body)) for _ in range(6)])
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [200, 200, 429, 429, 429, 429]
    assert {each.headers["retry-after"] for each in answers if each.status_code == 429} == {"1"}


def test_metrics_tell_what_was_taken(gateway: Gateway) -> None:
    before = gateway.metric("tribune_gateway_ballots_total", door="partner")
    assert post_votes(gateway, [ballot(voter="m1"), ballot(voter="m2")]).status_code == 200
    assert gateway.metric("tribune_gateway_ballots_total", door="partner") == before + 2
    assert gateway.metric("tribune_gateway_frame_ballots_count") > 0
    assert gateway.metric("tribune_gateway_ack_seconds_count") > 0
    assert gateway.metric("tribune_gateway_queue_ballots") == 0
