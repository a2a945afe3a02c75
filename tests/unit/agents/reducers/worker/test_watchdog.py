from agents.reducers.worker.watchdog import Place, Seen, Watch, step
from schemas.topics import Topic

PLACE: Place = (Topic.VOTES, 3)


def seen(folded: int, end: int, turns: int, *, joined: bool = True) -> Seen:
    return Seen({PLACE: folded}, {PLACE: end}, turns, joined)


def test_a_place_that_stands_still_before_the_end_ends_the_worker() -> None:
    watch = Watch()
    said = [step(watch, seen(5, 9, turn), 1_000) for turn in range(16)]
    assert said[:15] == [None] * 15
    assert said[15] == "votes 3 stands at offset 5 for 15 s, and the log ends at 9"


def test_a_place_that_moves_is_well_however_far_behind() -> None:
    watch = Watch()
    assert not any(step(watch, seen(turn, 10_000, turn), 1_000) for turn in range(60))


def test_a_place_at_the_end_of_the_log_may_stand_still() -> None:
    watch = Watch()
    assert not any(step(watch, seen(9, 9, turn), 1_000) for turn in range(60))


def test_a_log_that_ends_before_what_was_folded_is_another_log() -> None:
    watch = Watch()
    assert any(step(watch, seen(9, 2, turn), 1_000) for turn in range(16))


def test_a_log_that_does_not_answer_is_not_the_workers_fault() -> None:
    watch = Watch()
    for turn in range(60):
        assert step(watch, seen(5, 9, turn) if turn % 10 else None, 1_000) is None


def test_a_loop_that_does_not_turn_ends_the_worker() -> None:
    watch = Watch()
    said = [step(watch, seen(9, 9, 1), 1_000) for _ in range(16)]
    assert said[15] == "its loop has not turned for 15 s"


def test_a_worker_without_a_part_may_wait_a_minute() -> None:
    watch = Watch()
    said = [step(watch, seen(9, 9, turn, joined=False), 1_000) for turn in range(61)]
    assert said[59] is None
    assert said[60] == "its group has given it no part for 60 s"


def test_a_place_that_was_just_assigned_is_given_its_time() -> None:
    watch = Watch()
    step(watch, Seen({}, {}, 1, joined=True), 1_000)
    assert step(watch, seen(5, 9, 2), 60_000) is None
