from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.gateway.http.chunks import Chunks
from streams.gateway.http.messages import BadRequest


def all_at_once(data: bytes, most: int = 100) -> tuple[bytes | BadRequest | None, bytes]:
    return Chunks(most).feed(data)


def reason(data: bytes, most: int = 100) -> str:
    bad, _ = all_at_once(data, most)
    assert isinstance(bad, BadRequest), bad
    return bad.reason


def test_chunks_are_put_together_and_what_follows_is_left() -> None:
    data = b"5;name=value\r\nhello\r\n1 ; x\r\n \r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nGET"
    assert all_at_once(data) == (b"hello 0123456789", b"GET")


def test_no_chunk_is_an_empty_body() -> None:
    assert all_at_once(b"0\r\n\r\n") == (b"", b"")
    assert all_at_once(b"000\r\n\r\n") == (b"", b"")


@pytest.mark.parametrize(
    "data",
    [
        b"\r\nhello",
        b"x\r\n",
        b"-1\r\n",
        b"+1\r\n",
        b"0x1\r\na\r\n",
        b"123456789\r\n",
        b"1\r\nab\r\n",
        b"1\r\na\n\r\n",
        b"1;\x00\r\na\r\n",
        b"1" * 2_000,
        b"0\r\n" + b"t: x\r\n" * 3_000,
    ],
)
def test_what_is_no_chunk_is_refused(data: bytes) -> None:
    assert reason(data) == "bad_chunk"


def test_a_body_is_as_large_as_it_may_be_and_no_larger() -> None:
    assert all_at_once(b"3\r\nabc\r\n0\r\n\r\n", most=3)[0] == b"abc"
    assert reason(b"4\r\n", most=3) == "body_too_large"
    assert reason(b"2\r\nab\r\n2\r\n", most=3) == "body_too_large"


@settings(max_examples=30)
@given(
    pieces=st.lists(st.binary(min_size=1, max_size=20), max_size=5),
    cuts=st.lists(st.integers(0, 200), max_size=6),
)
def test_it_does_not_matter_how_the_bytes_arrive(pieces: list[bytes], cuts: list[int]) -> None:
    wire = b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in pieces) + b"0\r\n\r\nrest"
    chunks, held, body = Chunks(1_000), b"", None
    places = [0, *sorted(min(cut, len(wire)) for cut in cuts), len(wire)]
    for start, end in pairwise(places):
        if body is None:
            body, held = chunks.feed(held + wire[start:end])
        else:
            held += wire[start:end]
    assert (body, held) == (b"".join(pieces), b"rest")


@settings(max_examples=30)
@given(st.binary(max_size=60) | st.text("0123aF;\r\n", max_size=60).map(str.encode))
def test_any_bytes_are_taken_or_refused(data: bytes) -> None:
    body, _ = all_at_once(data)
    assert body is None or isinstance(body, bytes | BadRequest)
