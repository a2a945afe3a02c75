from schemas.ballots import Ballot, encode_frame
from schemas.dead_letters import DeadLetter
from schemas.topics import Topic
from schemas.wire import encode
from streams.archive.batches import Batch, tell_apart
from streams.archive.config import Limits
from streams.log.interface import Record

FRAME = encode_frame(1_000, [Ballot("r", "u", 1, 0, 900, "web")])


def message(topic: Topic, value: bytes | None, *, offset: int = 0, at: int = 5) -> Record:
    return Record(topic, 0, offset, at, None, value)


def test_a_batch_is_due_when_its_first_message_has_waited_long_enough() -> None:
    batch = Batch(Limits(linger_ms=100))
    assert not batch.is_due(50.0)
    batch.add([message(Topic.VOTES, FRAME)], 50.0)
    batch.add([message(Topic.VOTES, FRAME, offset=1)], 50.09)
    assert (batch.is_due(50.09), batch.wait_ms(50.09)) == (False, 10)
    assert batch.is_due(50.1)


def test_a_batch_is_due_at_once_when_it_is_full() -> None:
    many, large = Batch(Limits(batch_messages=2)), Batch(Limits(batch_bytes=1_000))
    many.add([message(Topic.VOTES, FRAME)] * 2, 0.0)
    large.add([message(Topic.VOTES, b"x" * 1_000)], 0.0)
    assert many.is_due(0.0)
    assert large.is_due(0.0)


def test_the_oldest_message_of_a_batch_gives_its_age() -> None:
    batch = Batch(Limits())
    assert batch.oldest_at() is None
    batch.add([message(Topic.VOTES, FRAME, at=7), message(Topic.SCORES, b"", at=6)], 0.0)
    assert batch.oldest_at() == 6


def test_a_fact_that_cannot_be_read_is_kept_raw_with_the_reason_and_a_letter() -> None:
    told = tell_apart(
        [message(Topic.VOTES, FRAME), message(Topic.VOTES, b"{", offset=1)], now_ms=77
    )
    assert [fact.value for fact in told.facts] == [FRAME, b"{"]
    assert told.reasons[0] == ""
    assert told.reasons[1].startswith("json: ")
    [letter] = told.letters
    assert (letter.topic, letter.offset, letter.by, letter.at) == ("votes", 1, "archive", 77)
    assert told.next_offsets == {(Topic.VOTES, 0): 2}


def test_every_shape_of_a_bad_frame_is_unreadable() -> None:
    for value in (
        None,
        b"",
        b"[]",
        b'{"type":"other","at":1,"b":[]}',
        b'{"type":"ballots_cast","at":1,"b":[["r","u",1,9,1,"web"]]}',
        b'{"type":"ballots_cast","at":1,"b":[["r","u","1",0,1,"web"]]}',
        b'{"type":"ballots_cast","at":1,"b":[["r","u",1,0,1]]}',
        b'{"type":"ballots_cast","at":"1","b":[]}',
    ):
        assert tell_apart([message(Topic.VOTES, value)], 0).reasons != [""]


def test_boards_and_dead_letters_are_no_facts() -> None:
    letter = DeadLetter("votes", 3, 4, "json: x", "votes-agent", 9)
    told = tell_apart(
        [
            message(Topic.BOARDS, b'{"board":"satisfaction:r","seq":5}'),
            message(Topic.BOARDS, b'{"board":"satisfaction:r"}', offset=1),
            message(Topic.DEAD_LETTERS, encode(letter)),
            message(Topic.DEAD_LETTERS, b"not a letter", offset=1),
        ],
        now_ms=0,
    )
    assert told.facts == []
    assert [(board.board, board.seq) for board in told.boards] == [("satisfaction:r", 5)]
    assert told.heard == [letter]
    assert [(about.topic, about.offset) for about in told.letters] == [("boards", 1)]
