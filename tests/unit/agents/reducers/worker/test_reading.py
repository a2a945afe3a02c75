from random import Random

from hypothesis import given
from hypothesis import strategies as st

from agents.reducers.worker.reading import FAR_BEHIND, HOLD_AFTER, Reading


def live(folded_to: int) -> Reading:
    return Reading(folded_to=folded_to, replaying=False)


def test_the_next_message_is_folded() -> None:
    reading = live(5)
    assert (reading.hear(5), reading.folded_to) == ("fold", 6)


def test_a_message_that_was_folded_before_is_skipped() -> None:
    assert live(5).hear(4) == "skip"


def test_a_gap_is_replayed() -> None:
    reading = live(5)
    assert (reading.hear(7), reading.wanted_to, reading.folded_to) == ("wait", 8, 5)


def test_a_message_that_comes_during_a_replay_is_left_to_it() -> None:
    reading = Reading(folded_to=5)
    assert (reading.hear(5), reading.folded_to) == ("wait", 5)


def test_a_replay_is_over_when_it_has_what_was_heard_meanwhile() -> None:
    reading = Reading()
    reading.hear(9)
    assert not reading.reach(9)
    assert reading.reach(10)
    assert reading.hear(10) == "fold"


def test_a_stream_far_behind_is_sent_on_once() -> None:
    reading = live(FAR_BEHIND + 10)
    assert reading.onward(0) == FAR_BEHIND + 10
    assert reading.onward(1) is None


def test_a_stream_a_little_behind_is_left_alone() -> None:
    assert live(FAR_BEHIND).onward(0) is None


def test_a_stream_that_brings_much_during_a_replay_is_held_until_its_end() -> None:
    reading = Reading(folded_to=HOLD_AFTER)
    for offset in range(HOLD_AFTER):
        assert not reading.hold()
        reading.hear(offset)
    assert (reading.hold(), reading.hold(), reading.onward(5)) == (True, False, None)
    reading.reach(HOLD_AFTER)
    assert reading.onward(HOLD_AFTER) == HOLD_AFTER
    assert not reading.held


@given(st.integers(0, 1 << 32))
def test_whatever_the_stream_repeats_or_leaves_out_each_message_is_folded_once_in_order(
    seed: int,
) -> None:
    chance = Random(seed)
    reading, end, folded = Reading(), 13, list[int]()
    for _ in range(chance.randrange(60)):
        if chance.random() < 0.1:
            folded += finish(reading, end)
        else:
            offset = min(end - 1, max(0, reading.folded_to + chance.randrange(-3, 3)))
            verdict = reading.hear(offset)
            folded += [offset] if verdict == "fold" else []
            reading.replaying |= verdict == "wait"
    reading.replay()
    folded += finish(reading, end)
    assert folded == list(range(end))


def finish(reading: Reading, end: int) -> list[int]:
    """Let a replay that runs come to the end of the log; what it folded."""
    if not reading.replaying:
        return []
    brought = list(range(reading.folded_to, end))
    assert reading.reach(end)
    return brought
