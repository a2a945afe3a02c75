"""What viewers may ask."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.wire import Unreadable
from streams.push.requests import Ask, read_ask


def test_several_wishes_may_stand_in_one_message() -> None:
    text = b'{"token":"t","subscribe":["session:a"],"unsubscribe":["session:b"],"time":1.5,"x":0}'
    assert read_ask(text) == Ask("t", ["session:b"], ["session:a"], 1.5)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b'{"hello":1}',
        b'{"subscribe":"board:a"}',
        b'{"subscribe":[1]}',
        b'{"time":"now"}',
        b'{"token":7}',
        b'{"subscribe":[' + b",".join([b'"session:a"'] * 65) + b"]}",
        b"[" * 4_000,
        b'{"time":' + b"[" * 2_000 + b"]" * 2_000 + b"}",
    ],
)
def test_what_is_no_wish_is_unreadable(text: bytes) -> None:
    with pytest.raises(Unreadable):
        read_ask(text)


def test_a_reason_quotes_nothing_of_what_was_sent() -> None:
    with pytest.raises(Unreadable) as unreadable:
        read_ask(b'{"token":["secret"]}')
    assert "secret" not in unreadable.value.reason


@given(st.binary(max_size=200))
def test_any_bytes_are_a_wish_or_unreadable_or_not_utf8(text: bytes) -> None:
    try:
        read_ask(text)
    except Unreadable:
        return
