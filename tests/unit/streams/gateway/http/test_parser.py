from collections.abc import Iterable
from itertools import pairwise

import h11
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.gateway.http.messages import BadRequest, Request
from streams.gateway.http.parser import RequestParser


def parser() -> RequestParser:
    return RequestParser(most_head_bytes=1_000, most_body_bytes=500)


def read_all(pieces: Iterable[bytes]) -> list[tuple[str, str, dict[str, str], bytes] | str]:
    """What a connection gives: requests, or the reason why there is no next one."""
    reader = parser()
    found: list[tuple[str, str, dict[str, str], bytes] | str] = []
    for piece in pieces:
        each = reader.read(piece)
        while each is not None:
            if isinstance(each, BadRequest):
                return [*found, each.reason]
            found.append((each.method, each.path, each.headers, each.body))
            each = reader.read()
    return found


def reason(data: bytes) -> str:
    [found] = read_all([data])
    assert isinstance(found, str), found
    return found


def written(method: str, path: str, body: bytes, is_chunked: bool) -> bytes:
    """A request as the h11 library writes it."""
    client = h11.Connection(h11.CLIENT)
    length = ("Transfer-Encoding", "chunked") if is_chunked else ("Content-Length", str(len(body)))
    request = h11.Request(method=method, target=path, headers=[("Host", "county"), length])
    half = len(body) // 2
    events = [request, h11.Data(body[:half]), h11.Data(body[half:]), h11.EndOfMessage()]
    return b"".join(client.send(event) or b"" for event in events)


requests = st.tuples(
    st.sampled_from(["GET", "POST", "X-Y"]),
    st.sampled_from(["/", "/votes", "/a%20b?c"]),
    st.binary(max_size=60),
    st.booleans(),
)


@settings(max_examples=25)
@given(sent=st.lists(requests, max_size=4), cuts=st.lists(st.integers(0, 600), max_size=8))
def test_requests_of_a_foreign_client_are_read_however_their_bytes_arrive(
    sent: list[tuple[str, str, bytes, bool]], cuts: list[int]
) -> None:
    wire = b"".join(written(*each) for each in sent)
    places = [0, *sorted(min(cut, len(wire)) for cut in cuts), len(wire)]
    pieces = [wire[start:end] for start, end in pairwise(places)]
    found = read_all(pieces)
    assert [(each[0], each[1], each[3]) for each in found] == [
        (method, path.partition("?")[0], body) for method, path, body, _ in sent
    ]


def test_a_byte_at_a_time_is_read_too() -> None:
    wire = written("POST", "/votes", b"0123456789", is_chunked=True)
    [found] = read_all(bytes([byte]) for byte in wire)
    assert found[3] == b"0123456789"


def test_empty_lines_before_a_request_are_passed_over() -> None:
    assert len(read_all([b"\r\n\r\nGET / HTTP/1.1\r\nhost: x\r\n\r\n\r\n"])) == 1


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        ("500", None),
        ("501", "body_too_large"),
        ("9" * 18, "body_too_large"),
        ("9" * 19, "bad_length"),
        ("-1", "bad_length"),
        ("+1", "bad_length"),
        ("1_0", "bad_length"),
        ("0x1", "bad_length"),
        ("1, 1", "bad_length"),
        ("", "bad_length"),
        ("\u00b2", "bad_length"),
    ],
)
def test_a_length_is_digits_and_within_the_limit(length: str, expected: str | None) -> None:
    head = f"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n".encode("latin-1")
    assert read_all([head]) == ([expected] if expected else [])


def test_a_head_is_within_the_limit() -> None:
    assert reason(b"GET /" + b"x" * 1_000) == "head_too_large"
    assert reason(b"GET / HTTP/1.1\r\nx: " + b"x" * 1_000 + b"\r\n\r\n") == "head_too_large"


@pytest.mark.parametrize("data", [b"\x16\x03\x01", b"\x00", b"G{T", b" ", b"{", b"A" * 65])
def test_what_cannot_become_a_request_is_refused_at_once(data: bytes) -> None:
    assert reason(data) == "bad_request_line"


def test_it_says_what_it_waits_for() -> None:
    reader = parser()
    assert (reader.is_idle, reader.is_in_body) == (True, False)
    reader.read(b"POST /votes HTTP/1.1\r\n")
    assert (reader.is_idle, reader.is_in_body, reader.path) == (False, False, "")
    reader.read(b"host: x\r\ncontent-length: 2\r\n\r\n")
    assert (reader.is_idle, reader.is_in_body, reader.path) == (False, True, "/votes")
    request = reader.read(b"ab")
    assert isinstance(request, Request)
    assert (reader.is_idle, reader.is_in_body) == (True, False)


def test_who_asks_whether_to_send_the_body_is_told_once() -> None:
    reader = parser()
    head = b"POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-Continue\r\ncontent-length: 2\r\n\r\n"
    assert reader.read(head) is None
    assert (reader.must_continue(), reader.must_continue()) == (True, False)
    assert isinstance(reader.read(b"ab"), Request)


def test_who_sends_the_body_anyway_is_not_told() -> None:
    reader = parser()
    reader.read(b"POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\na")
    assert not reader.must_continue()


@settings(max_examples=30)
@given(st.lists(st.binary(max_size=40) | st.sampled_from([b"GET / HTTP/1.1\r\n", b"\r\n"])))
def test_any_bytes_are_read_or_refused(pieces: list[bytes]) -> None:
    assert isinstance(read_all(pieces), list)
