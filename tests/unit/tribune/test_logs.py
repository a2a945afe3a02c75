import logging

from tribune.logs import MOST_REMEMBERED, OneLine, Sparse


def record(text: str, *args: object, name: str = "streams.x", **more: object) -> logging.LogRecord:
    made = logging.LogRecord(name, logging.WARNING, "file.py", 1, text, args, None)
    made.created = 1_795_348_800.0
    made.msecs = 7.0
    for key, value in more.items():
        setattr(made, key, value)
    return made


def test_a_line_says_when_in_utc_how_bad_who_and_what() -> None:
    line = OneLine().format(record("lost %s", "it"))
    assert line == "2026-11-22T12:00:00.007Z warning streams.x: lost it"


def test_a_message_of_several_lines_becomes_one() -> None:
    assert OneLine().format(record("a\n  b\n")).endswith("streams.x: a b")


def test_an_exception_is_told_in_the_same_line_with_its_places() -> None:
    try:
        raise ValueError("bad")
    except ValueError as error:
        line = OneLine().format(record("failed", exc_info=(ValueError, error, error.__traceback__)))
    assert "failed: ValueError: bad (tribune/test_logs.py:" in line
    assert "\n" not in line


def test_a_secret_is_never_written() -> None:
    line = OneLine(["hunter2", ""]).format(record("signing in with hunter2"))
    assert line.endswith("signing in with ***")


def test_a_password_of_a_few_letters_does_not_blot_out_every_word() -> None:
    line = OneLine(["y", "try", "pass"]).format(record("try again by hand with pass"))
    assert line.endswith("try again by hand with ***")


def test_a_flood_from_the_kafka_client_is_written_once_in_five_seconds() -> None:
    now = 0.0
    sparse = Sparse(("aiokafka",), lambda: now)
    flood = [
        sparse.filter(record("cannot connect to %s", at, name="aiokafka.conn")) for at in "abc"
    ]
    assert flood == [True, False, False]
    now = 5.0
    later = record("cannot connect to %s", "d", name="aiokafka.conn")
    assert sparse.filter(later)
    assert later.getMessage() == "cannot connect to d (and 2 times more like it)"


def test_what_is_said_again_in_the_same_words_is_written_once_in_five_seconds() -> None:
    sparse = Sparse(("aiokafka",), lambda: 0.0)
    again = [sparse.filter(record("%s is away; trying again", "it")) for _ in range(3)]
    assert again == [True, False, False]
    assert sparse.filter(record("%s is away; trying again", "another"))


def test_the_same_words_about_another_object_are_the_same_words() -> None:
    sparse = Sparse((), lambda: 0.0)
    assert sparse.filter(record("unclosed <Consumer at 0x7f2f03da3b10>"))
    assert not sparse.filter(record("unclosed <Consumer at 0x7f2f03dbc250>"))


def test_what_was_said_long_ago_is_forgotten() -> None:
    now = 0.0
    sparse = Sparse((), lambda: now)
    for number in range(MOST_REMEMBERED):
        sparse.filter(record(f"message {number}"))
    now = 10.0
    sparse.filter(record("another"))
    assert len(sparse._seen) == 1
