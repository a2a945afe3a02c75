import pytest

from schemas.topics import Topic
from streams.archive.positions import AnotherLog, Position, go_on

VOTES, BOARDS = (Topic.VOTES, 3), (Topic.BOARDS, 0)


def test_an_empty_archive_begins_at_the_start() -> None:
    assert go_on(VOTES, range(0), None, None, 5) == 0
    assert go_on(VOTES, range(90), None, None, 5) == 0


def test_facts_go_on_at_the_last_insert_once_more() -> None:
    assert go_on(VOTES, range(90), Position(60, 80), None, 5) == 60


def test_after_a_broken_connection_facts_go_on_where_they_were_read_to() -> None:
    assert go_on(VOTES, range(99), Position(60, 80), 95, 5) == 95


@pytest.mark.parametrize(
    ("log_has", "archived"),
    [
        (range(79), Position(60, 80)),
        (range(0), Position(0, 1)),
        (range(61, 90), Position(60, 80)),
        (range(1, 90), None),
    ],
)
def test_a_log_that_lacks_what_comes_next_is_refused(
    log_has: range, archived: Position | None
) -> None:
    with pytest.raises(AnotherLog, match="votes, partition 3"):
        go_on(VOTES, log_has, archived, None, 5)


def test_what_is_derived_goes_on_near_the_end_and_bears_any_loss() -> None:
    assert go_on(BOARDS, range(90), None, None, 5) == 85
    assert go_on(BOARDS, range(3), None, None, 5) == 0
    assert go_on(BOARDS, range(90), None, 70, 5) == 70
    assert go_on(BOARDS, range(80, 90), None, 70, 5) == 80
    assert go_on(BOARDS, range(9), None, 70, 5) == 9
