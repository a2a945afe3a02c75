"""The registry of boards: every kind is made, named, shown and made again by its own line."""

from typing import Any

import pytest

from agents.reducers import boards, questions
from agents.reducers.board_kind import Recount
from agents.reducers.boards import KINDS, id_of, kind_of
from schemas.broadcasts import Text
from schemas.facts import BroadcastLoaded, BroadcastRetired, LogOpened
from schemas.questions import QuestionAsked, QuestionsBoard, QuestionsTally
from schemas.topics import Topic
from schemas.wire import encode
from streams.push.channels import board_channel, is_channel
from tests.support.stage_evening import COUNTY

TOLD: list[tuple[Topic, Any]] = [
    (Topic.BROADCASTS, LogOpened(at=1, incarnation=2)),
    (Topic.BROADCASTS, BroadcastLoaded(at=2, broadcast=COUNTY)),
    (
        Topic.QUESTIONS,
        QuestionAsked(
            at=3, question="q1", broadcast="county", text="?", unit=None, asker=7, source="page"
        ),
    ),
    (Topic.QUESTIONS, None),
]


def key_of(_broadcast: str, _group: str) -> bytes:
    return bytes(32)


def told(state: questions.Questions, topic: Topic | None = None) -> list[str]:
    """Tell what is told of questions, of one topic or of both; what it touched."""
    ends: dict[Topic, int] = {}
    touched: list[str] = []
    for each, fact in TOLD:
        offset = ends.get(each, 0)
        ends[each] = offset + 1
        if topic in (None, each):
            touched += questions.hear(state, each, offset, fact)
    return touched


def made(state: questions.Questions) -> QuestionsBoard:
    tally = questions.tally(state, "county")
    assert tally is not None
    return questions.board(tally)


def carried_out(recount: Recount) -> Any:
    """Read whatever a recount wishes from what is told."""
    while True:
        try:
            wish = next(recount)
        except StopIteration as done:
            return done.value
        for number, (start, end) in wish.stretches.items():
            facts = [fact for topic, fact in TOLD if topic is wish.topic]
            for offset, fact in enumerate(facts[:end]):
                if offset >= start:
                    wish.fold(number, offset, fact)


@pytest.mark.parametrize("prefix", KINDS)
def test_each_kind_has_a_name_and_a_channel_that_can_be_followed(prefix: str) -> None:
    kind = KINDS[prefix]
    board = kind.name("some-id")
    assert (kind_of(board), id_of(board)) == (kind, "some-id")
    assert is_channel(board_channel(board))


def test_what_is_of_no_kind_is_no_board_and_no_channel() -> None:
    assert kind_of("budgets:county") is None
    assert boards.make(boards.nothing(), "budgets:county", key_of) is None
    assert not is_channel(board_channel("budgets:county"))
    assert not is_channel("board:questions:county")


def test_each_tally_is_of_one_kind() -> None:
    shapes = [shape for kind in KINDS.values() for shape in kind.tallies]
    assert len(shapes) == len(set(shapes))


def test_questions_have_an_empty_board_that_stands_on_what_was_said() -> None:
    state = questions.Questions()
    assert told(state) == ["county", "county"]
    board = made(state)
    assert board.rows == []
    assert (board.board, board.title) == ("questions:county", COUNTY.title)
    assert board.positions == {"questions": {"0": 1}, "broadcasts": {"0": 2}}
    assert (board.seq, board.as_of) == ((2 << 40) + 3, 3)


def test_an_empty_board_is_the_same_in_whatever_order_it_was_heard_and_again() -> None:
    first, second = questions.Questions(), questions.Questions()
    told(first)
    for topic in (Topic.QUESTIONS, Topic.BROADCASTS, Topic.QUESTIONS):
        told(second, topic)
    assert encode(made(first)) == encode(made(second))
    questions.forget(second)
    assert made(second).positions["questions"] == {"0": 0}
    told(second, Topic.QUESTIONS)
    assert encode(made(first)) == encode(made(second))


def test_a_broadcast_that_is_unknown_or_put_away_has_no_questions() -> None:
    state = questions.Questions()
    told(state, Topic.QUESTIONS)
    assert questions.tally(state, "county") is None
    told(state, Topic.BROADCASTS)
    retired = BroadcastRetired(at=9, broadcast="county")
    assert questions.hear(state, Topic.BROADCASTS, 2, retired) == ["county"]
    assert questions.tally(state, "county") is None


def test_a_board_of_questions_is_made_again_from_the_log_byte_for_byte() -> None:
    state = questions.Questions()
    told(state)
    board = made(state)
    assert encode(carried_out(questions.recount(board, key_of)).board) == encode(board)


def test_an_older_tally_of_questions_is_not_taken() -> None:
    held = boards.nothing()

    def tally(incarnation: int, asked: int, loaded: int) -> QuestionsTally:
        positions = {"questions": asked, "broadcasts": loaded}
        return QuestionsTally("county", Text(zh="县"), incarnation, positions, 5)

    for found, news in (
        (tally(1, 3, 1), True),
        (tally(1, 3, 1), False),
        (tally(1, 4, 0), False),
        (tally(1, 2, 2), False),
        (tally(1, 4, 2), True),
        (tally(2, 0, 1), True),
        (tally(1, 9, 9), False),
    ):
        assert boards.take(held, found, key_of) == (["questions:county"] if news else [])
    assert boards.names(held) == ["questions:county"]
    assert boards.make(held, "questions:county", key_of).seq == (2 << 40) + 1
