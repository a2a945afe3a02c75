from agents.reducers.microphone import (
    ASK_AGAIN_MS,
    ATTEMPTS_BEFORE_ALARM,
    Confirmed,
    Device,
    Microphones,
    Order,
    due,
    lost,
    read_back,
    wake_at,
)
from agents.reducers.session import Run


def running(ends_at: int = 300_000) -> Run:
    return Run("s1", "heads", "u1", 300_000, 10_000, 0, ends_at - 10_000, ends_at)


def stage(run: Run | None = None, *names: str) -> Microphones:
    return Microphones({name: Device(name) for name in names or ("hall",)}, run)


def opened(run: Run, *names: str) -> Microphones:
    state = stage(run, *names)
    for order in due(state, 0):
        read_back(state, order.device, True, 5)
    return state


def test_a_start_opens_every_microphone() -> None:
    state = stage(running(), "hall", "broadcast")
    assert due(state, 0) == [Order("hall", True), Order("broadcast", True)]


def test_what_is_confirmed_is_not_asked_again() -> None:
    state = opened(running())
    assert due(state, 1_000) == []


def test_it_wakes_at_the_limit_and_cuts_then() -> None:
    state = opened(running())
    assert wake_at(state, 10) == 300_000
    assert due(state, 299_999) == []
    assert due(state, 300_000) == [Order("hall", False)]


def test_a_cut_that_comes_late_is_sent_at_once_and_says_when_it_was_planned() -> None:
    state = opened(running())
    assert due(state, 300_040) == [Order("hall", False)]
    assert read_back(state, "hall", False, 300_043) == Confirmed(
        "hall", False, 300_000, 300_040, 300_043, 1
    )


def test_a_device_that_does_not_confirm_is_asked_again_and_raises_an_alarm() -> None:
    state = opened(running())
    for attempt in range(ATTEMPTS_BEFORE_ALARM):
        assert not state.devices["hall"].is_alarming
        assert due(state, 300_000 + attempt * ASK_AGAIN_MS) == [Order("hall", False)]
    assert state.devices["hall"].is_alarming


def test_a_device_that_says_otherwise_is_asked_again() -> None:
    state = opened(running())
    due(state, 300_000)
    assert read_back(state, "hall", True, 300_010) is None
    assert due(state, 300_000 + ASK_AGAIN_MS) == [Order("hall", False)]


def test_one_opened_by_hand_while_it_must_be_off_is_seen_and_cut_again() -> None:
    state = opened(running())
    due(state, 300_000)
    read_back(state, "hall", False, 300_005)
    read_back(state, "hall", True, 301_000)
    assert state.seen_by_hand == ["hall"]
    assert due(state, 301_000) == [Order("hall", False)]


def test_one_opened_by_hand_is_left_alone_when_the_settings_say_so() -> None:
    state = opened(running())
    state.recut = False
    due(state, 300_000)
    read_back(state, "hall", False, 300_005)
    read_back(state, "hall", True, 301_000)
    assert due(state, 301_000) == []


def test_a_device_that_comes_back_is_put_right_at_once() -> None:
    state = opened(running())
    lost(state, "hall", 1_000)
    assert due(state, 2_000) == [Order("hall", True)]


def test_added_time_moves_the_cut() -> None:
    run = running()
    state = opened(run)
    run.ends_at = 330_000
    assert due(state, 300_000) == []
    assert due(state, 330_000) == [Order("hall", False)]


def test_a_controller_that_starts_after_the_end_cuts() -> None:
    state = stage(running())
    assert due(state, 400_000) == []
    read_back(state, "hall", True, 400_001)
    assert due(state, 400_001) == [Order("hall", False)]
