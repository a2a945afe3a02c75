from json import dumps
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.ballots import CHOICES, Choice
from streams.gateway.ballot_json import BadBallot, read_ballots
from streams.gateway.votes import Vote

NOW = 1_800_000_000_000
SENT_AT = NOW - 2_000
BALLOT = {"round": "r1", "unit": "housing", "choice": "satisfied", "voter": "v1"}


def read(body: Any) -> tuple[bool, list[Vote]]:
    return read_ballots(body if isinstance(body, bytes) else dumps(body).encode(), SENT_AT, NOW)


def refusal(body: Any) -> BadBallot:
    with pytest.raises(BadBallot) as caught:
        read(body)
    return caught.value


def test_one_ballot_is_no_list() -> None:
    vote = Vote("r1", "housing", Choice.SATISFIED, "v1", SENT_AT)
    assert read(BALLOT) == (False, [vote])
    assert read([BALLOT]) == (True, [vote])


def test_a_ballots_own_time_is_when_it_was_cast_or_else_when_it_was_sent() -> None:
    _, votes = read([BALLOT | {"voted_at": 5}, BALLOT, BALLOT | {"voted_at": None}])
    assert [vote.created_at for vote in votes] == [5, SENT_AT, SENT_AT]


def test_a_time_of_five_minutes_ahead_is_the_last_that_is_taken() -> None:
    _, [vote] = read(BALLOT | {"voted_at": NOW + 300_000})
    assert vote.created_at == NOW + 300_000
    assert refusal([BALLOT, BALLOT | {"voted_at": NOW + 300_001}]).field == "[1].voted_at"


def test_500_ballots_are_taken_and_501_are_not() -> None:
    assert len(read([BALLOT] * 500)[1]) == 500
    assert refusal([BALLOT] * 501).field is None
    assert refusal([]).field is None


@pytest.mark.parametrize("field", list(BALLOT))
def test_a_field_that_is_missing_is_named(field: str) -> None:
    short = {name: value for name, value in BALLOT.items() if name != field}
    assert refusal(short).field == field
    assert refusal([BALLOT, BALLOT, short]).field == f"[2].{field}"


@pytest.mark.parametrize("field", list(BALLOT))
@pytest.mark.parametrize("value", [None, 1, 1.5, True, [], {}, ["a"]])
def test_a_field_of_another_type_is_named(field: str, value: Any) -> None:
    assert refusal(BALLOT | {field: value}).field == field
    assert refusal([BALLOT, BALLOT | {field: value}]).field == f"[1].{field}"


@pytest.mark.parametrize("value", ["1", 1.5, -1, 1 << 45, 10**30, True])
def test_a_time_is_whole_milliseconds(value: Any) -> None:
    assert refusal(BALLOT | {"voted_at": value}).field == "voted_at"


def test_a_choice_that_is_none_of_the_five_is_not_repeated() -> None:
    bad = refusal([BALLOT, BALLOT | {"choice": "openid-o6_bmjrPTlm6_2sgVt7hMZOPfL2M"}])
    assert bad.field == "[1].choice"
    assert "openid" not in bad.detail
    assert all(choice in bad.detail for choice in CHOICES)


def test_a_field_that_is_not_known_is_refused_and_not_repeated() -> None:
    bad = refusal([BALLOT | {"o6_bmjrPTlm6": 1}])
    assert bad.field == "[0]"
    assert "o6_bmjr" not in bad.detail


@pytest.mark.parametrize("voter", ["", "v" * 257])
def test_a_voter_has_1_to_256_characters(voter: str) -> None:
    assert refusal(BALLOT | {"voter": voter}).field == "voter"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"7",
        b'"ballot"',
        b"[" * 30_000,
        b'{"round":' * 9_000,
        b'{"round": "\xff\xfe"}',
        b'{"round": "\xed\xa0\x80", "unit": "u", "choice": "satisfied", "voter": "v"}',
        b'{"round": "r", "unit": "u", "choice": "satisfied", "voter": "\\ud800"}',
        b'{"round": NaN}',
        b"[1, [2, [3]]]",
        b"\x00" * 100,
    ],
)
def test_what_is_no_ballot_is_refused_whatever_it_is(body: bytes) -> None:
    assert refusal(body).reason in ("bad_json", "bad_ballot")


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*BALLOT, "voted_at", "x"]), inner, max_size=5)
    ),
    max_leaves=8,
)


@given(json)
def test_any_json_is_read_or_refused(body: Any) -> None:
    try:
        _, votes = read(body)
    except BadBallot:
        return
    assert all(vote.choice in Choice for vote in votes)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    assert refusal(body).reason in ("bad_json", "bad_ballot")
