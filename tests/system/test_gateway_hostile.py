"""Requests that mean harm: each gets its status and is counted, and nothing else happens."""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import product

import pytest

from streams.gateway.config import GatewayLimits
from streams.gateway.wechat.signature import sign
from streams.log.kafka import KafkaLog
from streams.log.topics import ensure_topics
from tests.support.broker import shared_log
from tests.support.gateway import (
    WECHAT_TOKEN,
    Gateway,
    ballots_in,
    open_evening,
    running_gateway,
)
from tests.support.peers import Raw, ballot, headers_for, post_votes, request

LIMITS = GatewayLimits(connections=40, header_timeout_ms=1_500, body_timeout_ms=1_500)
BALLOT = json.dumps(ballot()).encode()
WECHAT = "/wechat/county?signature=0&timestamp=0&nonce=0"
DOORS = ["/votes", "/questions", "/vote", WECHAT]


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    """A gateway that takes no ballot while the block runs."""
    address = shared_log()
    asyncio.run(ensure_topics(KafkaLog(address)))
    asyncio.run(open_evening(address))
    with running_gateway(address, limits=LIMITS) as running:
        yield running
        assert running.metric("tribune_gateway_requests_total", outcome="internal_error") == 0
        assert asyncio.run(ballots_in(address)) == []


def outcomes(gateway: Gateway, door: str, outcome: str) -> float:
    return gateway.metric("tribune_gateway_requests_total", door=door, outcome=outcome)


def media_type(door: str) -> str:
    return "text/xml" if door == WECHAT else "application/json"


def chunks(size: int, count: int) -> bytes:
    return b"%x\r\n%b\r\n" % (size, b"x" * size) * count


def test_a_header_that_comes_too_slowly_ends_the_connection(gateway: Gateway) -> None:
    began = time.monotonic()
    with Raw(gateway) as peer:
        answer = peer.send(b"POST /votes HTTP/1.1\r\nhost: x\r\n").until_closed()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert 1 < time.monotonic() - began < 4


def test_a_body_that_comes_too_slowly_is_refused(gateway: Gateway) -> None:
    with ExitStack() as peers:
        slow: list[Raw] = []
        for door, framing in product(DOORS, ("content-length: 100", "transfer-encoding: chunked")):
            head = f"POST {door} HTTP/1.1\r\nhost: x\r\ncontent-type: {media_type(door)}\r\n"
            peer = peers.enter_context(Raw(gateway))
            slow.append(peer.send(f"{head}{framing}\r\n\r\n1\r\na\r\n".encode()))
        answers = [peer.until_closed() for peer in slow]
    assert all(answer.startswith(b"HTTP/1.1 408 ") for answer in answers)
    assert all(b"slow_body" in answer for answer in answers)


def test_slow_connections_do_not_keep_others_out_for_long(gateway: Gateway) -> None:
    slow = [Raw(gateway).send(b"POST /votes HTTP/1.1\r\n") for _ in range(60)]
    try:
        answer = post_votes(gateway, b"{")
    finally:
        for peer in slow:
            peer.__exit__()
    assert answer.status_code == 400


@pytest.mark.parametrize("door", DOORS)
def test_a_body_that_says_it_is_too_large_is_not_read(gateway: Gateway, door: str) -> None:
    said = request("POST", door, content_length="65537", content_type=media_type(door))
    with Raw(gateway) as peer:
        assert peer.send(said).status() == 413


@pytest.mark.parametrize("door", DOORS)
def test_a_body_in_chunks_is_read_no_further_than_the_limit(gateway: Gateway, door: str) -> None:
    head = request(
        "POST",
        door,
        content_length="",
        transfer_encoding="chunked",
        content_type=media_type(door),
    )
    with Raw(gateway) as peer:
        assert peer.send(head + chunks(4_096, 17)).status() == 413


def test_a_body_without_end_is_cut_off(gateway: Gateway) -> None:
    head = request("POST", "/votes", content_length="", transfer_encoding="chunked")
    sent = 0
    with Raw(gateway) as peer, pytest.raises(OSError, match=r"reset|pipe"):
        peer.send(head)
        while sent < 1 << 30:
            peer.send(chunks(65_536, 1))
            sent += 65_536
    assert sent < 64 << 20


@pytest.mark.parametrize("door", DOORS)
def test_a_body_that_breaks_off_is_no_body(gateway: Gateway, door: str) -> None:
    said = request("POST", door, BALLOT[:20], content_length="90", content_type=media_type(door))
    with Raw(gateway) as peer:
        assert peer.send(said).half_close().status() == 400


def test_a_body_in_broken_chunks_is_no_body(gateway: Gateway) -> None:
    head = request(
        "POST", "/votes", content_length="", transfer_encoding="chunked", **headers_for(BALLOT)
    )
    piece = b"%x\r\n%b\r\n" % (20, BALLOT[:20])
    with Raw(gateway) as peer:
        assert peer.send(head + piece + b"zz\r\n").status() == 400


def test_a_body_of_two_lengths_ends_the_connection_and_smuggles_nothing(gateway: Gateway) -> None:
    both = request("POST", "/votes", transfer_encoding="chunked") + b"0\r\n\r\n"
    with Raw(gateway) as peer:
        answers = peer.send(both + request("GET", "/healthz")).until_closed()
    assert answers.count(b"HTTP/1.1 ") == answers.count(b"HTTP/1.1 400 ") == 1


@pytest.mark.parametrize(
    ("bytes_sent", "status"),
    [
        (b"GET /healthz HTTP/1.1\r\nx: " + b"x" * 20_000 + b"\r\n\r\n", 431),
        (b"GET /healthz HTTP/1.1\r\n" + b"x: x\r\n" * 200 + b"\r\n", 431),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", 431),
        (b"POST /votes HTTP/1.1\r\ncontent-length: -1\r\n\r\n", 400),
        (b"POST /votes HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab", 400),
        (b"GET /healthz HTTP/1.1\r\n bad: 1\r\n\r\n", 400),
        (b"G\xff /healthz HTTP/1.1\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 50, 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"\x00" * 1_000, 400),
    ],
)
def test_what_is_no_http_is_refused(gateway: Gateway, bytes_sent: bytes, status: int) -> None:
    with Raw(gateway) as peer:
        assert peer.send(bytes_sent).status() == status


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 32_000,
        b'{"round":' * 7_000,
        b'{"round": "\xff"}',
        b'{"round": "r", "unit": "u", "choice": "satisfied", "voter": "\\ud800"}',
        b"",
        b"\x00",
        b"<xml/>",
    ],
)
def test_a_signed_body_that_is_no_ballot_is_refused(gateway: Gateway, body: bytes) -> None:
    text = body.decode("latin-1")
    headers = headers_for(body) if text.isascii() else headers_for(b"")
    with Raw(gateway) as peer:
        status = peer.send(request("POST", "/votes", body, **headers)).status()
    assert status == (400 if text.isascii() else 401)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"webhook_signature": "v1,AAAA"}, 401),
        ({"webhook_signature": " ".join(["v1,AAAA"] * 1_000)}, 401),
        ({"webhook_timestamp": "9" * 500}, 401),
        ({"x_tribune_partner": "../../etc/passwd"}, 401),
        ({"webhook_id": "x" * 5_000}, 401),
    ],
)
def test_a_header_that_lies_is_refused(
    gateway: Gateway, headers: dict[str, str], status: int
) -> None:
    signed = {name.replace("-", "_"): value for name, value in headers_for(BALLOT).items()}
    with Raw(gateway) as peer:
        assert peer.send(request("POST", "/votes", BALLOT, **signed | headers)).status() == status


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/wechat/nobody?signature=a&timestamp=1&nonce=2&echostr=3", 404),
        ("GET", "/wechat/county", 401),
        ("POST", "/wechat/county?" + "&".join(f"a{n}=1" for n in range(50)), 400),
        ("GET", "/wechat/county?signature=%ff%00&timestamp=\u00e9", 401),
        ("PUT", "/wechat/county", 405),
        ("GET", "/wechat/", 404),
        ("GET", "/wechat/a/b", 404),
        ("GET", "/vote?lang=" + "x" * 5_000, 200),
        ("DELETE", "/vote", 405),
        ("GET", "/../etc/passwd", 404),
        ("TRACE", "/votes", 405),
        ("FOO", "/", 404),
    ],
)
def test_odd_addresses_are_answered(gateway: Gateway, method: str, path: str, status: int) -> None:
    with Raw(gateway) as peer:
        assert peer.send(request(method, path)).status() == status


def test_entities_of_xml_are_not_followed(gateway: Gateway) -> None:
    stamp = str(int(time.time()))
    bomb = (
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><Content>&a;</Content></xml>'
    )
    signature = sign(WECHAT_TOKEN, stamp, "n")
    path = f"/wechat/county?signature={signature}&timestamp={stamp}&nonce=n"
    with Raw(gateway) as peer:
        status = peer.send(request("POST", path, bomb, content_type="text/xml")).status()
    assert status == 400


def test_every_refusal_is_counted_by_door_and_reason(gateway: Gateway) -> None:
    before = outcomes(gateway, "partner", "unknown_partner")
    with Raw(gateway) as peer:
        assert peer.send(request("POST", "/votes", BALLOT)).status() == 401
    assert outcomes(gateway, "partner", "unknown_partner") == before + 1


def test_after_all_of_that_the_gateway_is_well(gateway: Gateway) -> None:
    gateway.await_health(200)
    assert gateway.metric("tribune_gateway_queue_ballots") == 0
