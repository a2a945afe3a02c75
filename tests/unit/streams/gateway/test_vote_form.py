import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.gateway.vote_form import BadForm, VoteForm, read_fields, read_form

FORM = VoteForm("r1", "housing", "average")


def test_a_form_and_json_say_the_same() -> None:
    json = b'{"round": "r1", "unit": "housing", "choice": "average"}'
    assert read_form(b"round=r1&unit=housing&choice=average", is_json=False) == FORM
    assert read_form(json, is_json=True) == FORM


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"round=r1&unit=housing",
        b"round=r1&unit=housing&choice=average&voter=me",
        b"\xff\xfe",
        b"&".join(b"round=r1" for _ in range(21)),
        b"round=" + b"r" * 65 + b"&unit=housing&choice=average",
    ],
)
def test_a_form_that_is_not_the_pages_is_refused(body: bytes) -> None:
    with pytest.raises(BadForm):
        read_form(body, is_json=False)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"round": 1}', b"\xff", b"[" * 9_000])
def test_json_that_is_not_the_pages_is_refused(body: bytes) -> None:
    with pytest.raises(BadForm):
        read_form(body, is_json=True)


def test_of_several_fields_of_one_name_the_first_counts() -> None:
    assert read_fields("a=1&a=2&b=%E6%B0%B4&c") == {"a": "1", "b": "水", "c": ""}


@given(st.binary(max_size=80), st.booleans())
def test_any_bytes_are_read_or_refused(body: bytes, is_json: bool) -> None:
    try:
        assert isinstance(read_form(body, is_json=is_json), VoteForm)
    except BadForm as bad:
        assert "send" in str(bad)
