from typing import Any

from tribune.demo.cuts import Slot, lateness, read, wrong

Fact = dict[str, Any]


def fact(kind: str, **fields: Any) -> Fact:
    return {"type": kind, "slot": "s1", "at": 0, **fields}


STARTED = fact("presentation_started", ends_at=4_000)
ADDED = fact("time_added", at=2_000, ends_at=5_000)


def cut(planned_at: int, sent_at: int, confirmed_at: int | None = 9_000, **more: Any) -> Fact:
    fields = {"planned_at": planned_at, "sent_at": sent_at, "confirmed_at": confirmed_at}
    return fact("microphone_cut", **{"device": "hall", **fields, **more})


def slot(*facts: Fact) -> Slot:
    return read(enumerate(facts))["s1"]


def problems(*facts: Fact) -> list[str]:
    return list(wrong("s1", slot(*facts), {"hall"}))


def test_a_cut_at_the_limit_is_right() -> None:
    assert problems(STARTED, cut(4_000, 4_003)) == []
    assert lateness([slot(STARTED, cut(4_000, 4_003))]) == [3]


def test_a_device_that_was_not_cut_is_told() -> None:
    assert problems(STARTED) == ["s1: hall was not cut"]


def test_a_cut_that_nobody_read_back_is_told_unless_it_was_confirmed_later() -> None:
    unconfirmed = cut(4_000, 4_001, None)
    assert problems(STARTED, unconfirmed) == ["s1, hall: not confirmed"]
    assert problems(STARTED, unconfirmed, cut(4_000, 4_001)) == []


def test_a_cut_that_is_early_or_late_is_told() -> None:
    assert problems(STARTED, cut(4_000, 3_990)) == ["s1, hall: 10 ms early"]
    assert problems(STARTED, cut(4_000, 4_501)) == ["s1, hall: 501 ms late"]


def test_a_cut_for_a_time_that_no_fact_names_is_told() -> None:
    assert problems(STARTED, cut(3_500, 3_500)) == [
        "s1, hall: planned for a time that no fact names"
    ]


def test_the_limit_moves_with_added_time() -> None:
    assert problems(STARTED, ADDED, cut(5_000, 5_001)) == []
    assert problems(STARTED, ADDED, cut(4_000, 4_001)) == [
        "s1, hall: cut at a limit that had been moved"
    ]


def test_time_that_was_added_when_the_cut_was_under_way_does_not_make_it_wrong() -> None:
    assert problems(STARTED, cut(4_000, 4_001), ADDED) == []
    late = ADDED | {"at": 3_900}
    assert problems(STARTED, late, cut(4_000, 4_001)) == []


def test_an_operators_word_is_followed_in_time_and_is_no_measure_of_the_timers() -> None:
    finished = fact("presentation_finished", at=1_000)
    assert problems(STARTED, finished, cut(1_000, 2_500)) == []
    assert lateness([slot(STARTED, finished, cut(1_000, 2_500))]) == []
    ordered = fact("microphone_ordered", at=1_000, is_open=False)
    assert problems(STARTED, ordered, cut(1_000, 6_001)) == ["s1, hall: 5001 ms late"]
