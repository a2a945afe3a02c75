import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.gateway.http.head import read_head
from streams.gateway.http.messages import BadRequest, Request


def head(*lines: str, first: str = "GET / HTTP/1.1", host: str = "Host: county") -> bytes:
    return "\r\n".join([first, *([host] if host else []), *lines]).encode("latin-1")


def read(raw: bytes) -> Request:
    request = read_head(raw)
    assert isinstance(request, Request), request
    return request


def refused(raw: bytes) -> tuple[int, str]:
    bad = read_head(raw)
    assert isinstance(bad, BadRequest), bad
    return bad.status, bad.reason


def test_a_head_is_its_line_and_its_fields() -> None:
    request = read(head("X-A:  one \t", "x-b:two:three", first="POST /vote?lang=en HTTP/1.1"))
    assert (request.method, request.path, request.query) == ("POST", "/vote", "lang=en")
    assert request.headers == {"host": "county", "x-a": "one", "x-b": "two:three"}


def test_values_of_one_name_are_joined() -> None:
    assert read(head("Cookie: a=1", "COOKIE: b=2")).headers["cookie"] == "a=1, b=2"


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        ("/", "/", ""),
        ("/a?b=?c", "/a", "b=?c"),
        ("/?", "/", ""),
        ("http://county/a?b", "/a", "b"),
        ("http://county", "/", ""),
        ("*", "*", ""),
        ("/%E6%B0%B4", "/%E6%B0%B4", ""),
        ("/\xe6\xb0\xb4", "/\xe6\xb0\xb4", ""),
        ("//x", "//x", ""),
    ],
)
def test_a_target_is_a_path_whatever_its_form(target: str, path: str, query: str) -> None:
    request = read(head(first=f"GET {target} HTTP/1.1"))
    assert (request.path, request.query) == (path, query)


@pytest.mark.parametrize(
    "first",
    [
        "",
        "GET",
        "GET /",
        "GET  / HTTP/1.1",
        "GET /  HTTP/1.1",
        " GET / HTTP/1.1",
        "GET / HTTP/1.1 ",
        "GET /a b HTTP/1.1",
        "GET /a\tb HTTP/1.1",
        "GET / HTTP/2.0",
        "GET / HTTP/1.10",
        "GET / http/1.1",
        "G\xcbT / HTTP/1.1",
        "(GET) / HTTP/1.1",
        "G" * 65 + " / HTTP/1.1",
    ],
)
def test_a_first_line_of_another_form_is_refused(first: str) -> None:
    assert refused(head(first=first)) == (400, "bad_request_line")


@pytest.mark.parametrize(
    "field",
    [
        "no colon",
        ": no name",
        "space before : x",
        " folded: x",
        "\tfolded",
        "x-a: a\r folded",
        "x-a: a\nx-b: b",
        "x-a: \x00",
        "x-a: \x7f",
        "x-a: \x1b[0m",
        "x(a): b",
        "n" * 65 + ": b",
    ],
)
def test_a_field_of_another_form_is_refused(field: str) -> None:
    assert refused(head(field)) == (400, "bad_header_field")


@pytest.mark.parametrize("name", ["Host", "Content-Length", "content-type", "Transfer-Encoding"])
def test_what_may_come_once_is_refused_twice(name: str) -> None:
    assert refused(head(f"{name}: 1", f"{name.upper()}: 1", host="")) == (400, "repeated_header")


def test_a_hundred_fields_are_read_and_no_more() -> None:
    many = [f"x-{number}: a" for number in range(99)]
    assert len(read(head(*many)).headers) == 100
    assert refused(head(*many, "y: a")) == (431, "too_many_headers")


def test_a_host_must_be_named_from_1_1_on() -> None:
    assert refused(head(host="")) == (400, "no_host")
    assert read(head(host="", first="GET / HTTP/1.0")).headers == {}


@pytest.mark.parametrize(
    ("first", "field", "keeps_alive"),
    [
        ("GET / HTTP/1.1", "x: y", True),
        ("GET / HTTP/1.1", "Connection: keep-alive", True),
        ("GET / HTTP/1.1", "Connection: Close", False),
        ("GET / HTTP/1.1", "Connection: upgrade, close", False),
        ("GET / HTTP/1.0", "x: y", False),
        ("GET / HTTP/1.0", "Connection: keep-alive", False),
    ],
)
def test_a_connection_is_kept_unless_the_peer_says_otherwise(
    first: str, field: str, keeps_alive: bool
) -> None:
    assert read(head(field, first=first)).keeps_alive is keeps_alive


def test_only_chunks_are_known_and_only_alone() -> None:
    assert read(head("Transfer-Encoding: Chunked")).is_chunked
    assert not read(head("Content-Length: 3")).is_chunked
    for fields in (
        ["Transfer-Encoding: gzip, chunked"],
        ["Transfer-Encoding: identity"],
        ["Transfer-Encoding: chunked", "Content-Length: 3"],
    ):
        assert refused(head(*fields)) == (400, "bad_length")
    old = head("Transfer-Encoding: chunked", first="POST / HTTP/1.0")
    assert refused(old) == (400, "bad_length")


@settings(max_examples=30)
@given(st.binary(max_size=80) | st.text("GET /:HTTP/1.1\r\n\t x", max_size=80).map(str.encode))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    assert isinstance(read_head(raw), Request | BadRequest)
