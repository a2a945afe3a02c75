import pytest

from schemas.ballots import Ballot, decode_frame, encode_frame, read_rows
from schemas.wire import Unreadable

BALLOT = Ballot("happy", "water", (1 << 60) - 1, 4, 1_767_225_600_000, "wechat:county")


def test_a_frame_is_read_as_it_was_written() -> None:
    frame = decode_frame(encode_frame(7, [BALLOT, BALLOT._replace(choice=0)]))
    assert (frame.at, frame.ballots) == (7, [BALLOT, BALLOT._replace(choice=0)])


@pytest.mark.parametrize(
    "changed",
    [
        {"round": 1},
        {"unit": None},
        {"voter": -1},
        {"voter": 1 << 60},
        {"voter": "7"},
        {"voter": 7.0},
        {"choice": 5},
        {"choice": True},
        {"created_at": -1},
        {"created_at": 1 << 45},
        {"source": []},
    ],
)
def test_a_frame_with_one_ballot_that_is_none_is_not_read_at_all(
    changed: dict[str, object],
) -> None:
    spoilt = BALLOT._replace(**changed)  # pyright: ignore[reportArgumentType]
    with pytest.raises(Unreadable):
        read_rows(encode_frame(7, [BALLOT, spoilt]))


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"type":"ballots_cast","at":1}',
        b'{"type":"other","at":1,"b":[]}',
        b'{"type":"ballots_cast","at":-1,"b":[]}',
        b'{"type":"ballots_cast","at":1,"b":[["a","b",1,1,1]]}',
        b'{"type":"ballots_cast","at":1,"b":[["a","b",1,1,1,"web","more"]]}',
        b'{"type":"ballots_cast","at":1,"b":[["\\ud800","b",1,1,1,"web"]]}',
        b'{"type":"ballots_cast","at":1,"b":[["\xff","b",1,1,1,"web"]]}',
        b'{"x":' + b"[" * 100_000,
    ],
)
def test_what_is_no_frame_is_unreadable(value: bytes | None) -> None:
    with pytest.raises(Unreadable):
        read_rows(value)


def test_the_reason_quotes_nothing_of_a_frame() -> None:
    for value in (b'{"type":"secret","at":1,"b":[]}', b'{"type":"ballots_cast","at":"secret"}'):
        with pytest.raises(Unreadable) as raised:
            read_rows(value)
        assert "secret" not in raised.value.reason
