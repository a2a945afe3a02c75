from typing import Any

from tribune.demo.warnings import lateness, read, wrong

Fact = dict[str, Any]


def fact(kind: str, **fields: Any) -> Fact:
    return {"type": kind, "slot": "s1", "id": kind, "at": 0, **fields}


STARTED = fact("presentation_started", started_at=0, ends_at=6_000, warning_ms=2_000)


def warned(planned_at: int, sent_at: int) -> Fact:
    return fact("warning_given", id=f"w{planned_at}", planned_at=planned_at, sent_at=sent_at)


def added(at: int, ends_at: int) -> Fact:
    return fact("time_added", at=at, ends_at=ends_at)


def finished(at: int) -> Fact:
    return fact("presentation_finished", at=at)


def problems(*facts: Fact) -> list[str]:
    return list(wrong("s1", read(facts)["s1"]))


def test_a_warning_its_own_time_before_the_end_is_right() -> None:
    assert problems(STARTED, warned(4_000, 4_003), finished(6_500)) == []
    assert lateness(read([STARTED, warned(4_000, 4_003)]).values()) == [3]


def test_who_was_not_warned_is_told() -> None:
    assert problems(STARTED, finished(6_500)) == ["s1: not warned 2000 ms before the end"]
    assert problems(STARTED, warned(3_000, 3_000)) == ["s1: not warned 2000 ms before the end"]


def test_a_warning_that_is_early_or_late_is_told() -> None:
    assert problems(STARTED, warned(4_000, 3_990)) == ["s1: warned 10 ms early"]
    assert problems(STARTED, warned(4_000, 4_500)) == []
    assert problems(STARTED, warned(4_000, 4_501)) == ["s1: warned 501 ms late"]


def test_of_two_controllers_that_tell_of_one_warning_the_first_counts() -> None:
    assert problems(STARTED, warned(4_000, 4_003), warned(4_000, 4_900)) == []


def test_who_ends_before_the_warning_needs_none() -> None:
    assert problems(STARTED, finished(3_000)) == []
    assert problems(STARTED, finished(4_500)) == []
    assert problems(STARTED, finished(4_501)) == ["s1: not warned 2000 ms before the end"]


def test_the_warning_moves_with_the_limit() -> None:
    assert problems(STARTED, added(3_000, 7_000), warned(5_000, 5_001)) == []
    assert problems(STARTED, added(3_000, 7_000), warned(4_000, 4_001)) == [
        "s1: not warned 2000 ms before the end"
    ]
    assert problems(STARTED, warned(4_000, 4_001), added(4_500, 9_000), warned(7_000, 7_001)) == []


def test_a_warning_stands_when_the_limit_moves_and_no_more_than_its_time_is_left() -> None:
    assert problems(STARTED, warned(4_000, 4_001), added(5_500, 7_000), finished(7_100)) == []


def test_of_two_facts_for_one_command_the_first_counts() -> None:
    assert problems(STARTED, STARTED | {"ends_at": 9_000}, warned(4_000, 4_001)) == []
    command = fact("session_command", id="time_added")
    assert problems(STARTED, command, added(3_000, 7_000), warned(5_000, 5_001)) == []


def test_what_is_not_of_a_presentation_is_passed_over() -> None:
    loaded = {"type": "rundown_changed", "id": "x", "at": 0}
    assert read([loaded, warned(4_000, 4_001)]) == {}
