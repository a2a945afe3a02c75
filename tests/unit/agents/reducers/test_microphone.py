from hypothesis import given
from hypothesis import strategies as st

from agents.reducers.microphone import (
    ASK_AGAIN_MS,
    ASK_SILENT_AGAIN_MS,
    ATTEMPTS_BEFORE_ALARM,
    Deed,
    Device,
    Microphones,
    Order,
    Report,
    due,
    lost,
    read_back,
    wake_at,
)
from agents.reducers.scene import LET_GO_AFTER_MS, DirectCut, Scene, Wish
from agents.reducers.session import Run

LIMIT = 300_000


def running(ends_at: int = LIMIT) -> Scene:
    run = Run("s1", "heads", "u1", LIMIT, 10_000, 0, ends_at - 10_000, ends_at)
    return Scene("county", run, "go", 0)


def stage(scene: Scene | None = None, *names: str) -> Microphones:
    return Microphones({name: Device(name) for name in names or ("hall",)}, scene)


def opened(scene: Scene, *names: str) -> Microphones:
    state = stage(scene, *names)
    for order in orders(due(state, 0)):
        read_back(state, order.device, True, 5)
    return state


def orders(outcomes: list) -> list[Order]:
    return [outcome for outcome in outcomes if isinstance(outcome, Order)]


def deeds(outcomes: list) -> list[Deed]:
    return [outcome for outcome in outcomes if isinstance(outcome, Deed)]


def reports(outcomes: list) -> list[tuple[str, str]]:
    return [(each.device, each.state) for each in outcomes if isinstance(each, Report)]


def test_before_the_first_presentation_the_microphones_are_left_alone() -> None:
    state = stage()
    assert due(state, 0) == []
    assert reports(read_back(state, "hall", True, 1)) == [("hall", "answers")]
    assert due(state, 2) == []


def test_an_hour_after_the_last_presentation_a_sound_check_is_left_alone() -> None:
    scene = running()
    state = opened(scene)
    scene.run.finished_at = LIMIT
    due(state, LIMIT)
    read_back(state, "hall", False, LIMIT + 5)
    assert orders(read_back(state, "hall", True, LIMIT + LET_GO_AFTER_MS - 1))
    read_back(state, "hall", False, LIMIT + LET_GO_AFTER_MS - 1)
    assert orders(read_back(state, "hall", True, LIMIT + LET_GO_AFTER_MS)) == []
    assert due(state, LIMIT + LET_GO_AFTER_MS + 1) == []


def test_a_start_opens_every_microphone() -> None:
    state = stage(running(), "hall", "broadcast")
    assert due(state, 0) == [Order("hall", True), Order("broadcast", True)]


def test_what_is_confirmed_is_told_once_and_not_asked_again() -> None:
    state = stage(running())
    due(state, 2)
    assert deeds(read_back(state, "hall", True, 9)) == [
        Deed("hall", Wish(True, "go", 0), sent_at=2, confirmed_at=9, attempts=1)
    ]
    assert read_back(state, "hall", True, 12) == []
    assert due(state, 1_000) == []


def test_it_wakes_at_the_limit_and_cuts_then() -> None:
    state = opened(running())
    assert wake_at(state, 10) == LIMIT
    assert due(state, LIMIT - 1) == []
    assert due(state, LIMIT) == [Order("hall", False)]


def test_a_cut_that_comes_late_is_sent_at_once_and_says_when_it_was_planned() -> None:
    state = opened(running())
    assert due(state, LIMIT + 40) == [Order("hall", False)]
    assert deeds(read_back(state, "hall", False, LIMIT + 43)) == [
        Deed("hall", Wish(False, "go", LIMIT), LIMIT + 40, LIMIT + 43, 1)
    ]


def test_a_device_that_does_not_confirm_is_asked_again_and_then_said_to_be_silent() -> None:
    state = opened(running())
    seen = [due(state, LIMIT + turn * ASK_AGAIN_MS) for turn in range(ATTEMPTS_BEFORE_ALARM)]
    assert [orders(outcomes) for outcomes in seen] == [[Order("hall", False)]] * len(seen)
    assert [reports(outcomes) for outcomes in seen] == [[], [], [], [], [("hall", "silent")]]
    assert [deed.confirmed_at for deed in deeds(seen[-1])] == [None]


def test_a_silent_device_is_asked_on_less_often_and_told_when_it_confirms_at_last() -> None:
    state = opened(running())
    for turn in range(ATTEMPTS_BEFORE_ALARM):
        due(state, LIMIT + turn * ASK_AGAIN_MS)
    last = LIMIT + (ATTEMPTS_BEFORE_ALARM - 1) * ASK_AGAIN_MS
    assert wake_at(state, last) == last + ASK_SILENT_AGAIN_MS
    assert due(state, last + ASK_AGAIN_MS) == []
    outcomes = read_back(state, "hall", False, last + 300)
    assert [deed.confirmed_at for deed in deeds(outcomes)] == [last + 300]
    assert reports(outcomes) == [("hall", "answers")]


def test_a_device_that_says_otherwise_is_asked_again() -> None:
    state = opened(running())
    due(state, LIMIT)
    assert read_back(state, "hall", True, LIMIT + 10) == []
    assert due(state, LIMIT + ASK_AGAIN_MS) == [Order("hall", False)]


def test_one_opened_by_hand_while_it_must_be_off_is_seen_and_cut_again() -> None:
    state = opened(running())
    due(state, LIMIT)
    read_back(state, "hall", False, LIMIT + 5)
    outcomes = read_back(state, "hall", True, LIMIT + 1_000)
    assert reports(outcomes) == [("hall", "by_hand")]
    assert orders(outcomes) == [Order("hall", False)]
    again = read_back(state, "hall", False, LIMIT + 1_004)
    assert deeds(again)[0].wish == Wish(False, "go", LIMIT + 1_000)


def test_one_opened_by_hand_is_left_alone_when_the_settings_say_so() -> None:
    state = opened(running())
    state.devices["hall"].recut = False
    due(state, LIMIT)
    read_back(state, "hall", False, LIMIT + 5)
    outcomes = read_back(state, "hall", True, LIMIT + 1_000)
    assert reports(outcomes) == [("hall", "by_hand")]
    assert orders(outcomes) == orders(due(state, LIMIT + 2_000)) == []


def test_one_cut_by_hand_during_a_presentation_is_shown_and_not_opened_again() -> None:
    state = opened(running())
    outcomes = read_back(state, "hall", False, 1_000)
    assert reports(outcomes) == [("hall", "by_hand")]
    assert orders(outcomes) == due(state, 2_000) == []


def test_a_device_that_comes_back_wrong_is_put_right_at_once() -> None:
    state = opened(running())
    assert reports(lost(state, "hall", 1_000)) == [("hall", "silent")]
    assert due(state, 1_100) == []
    assert orders(read_back(state, "hall", False, 1_200)) == [Order("hall", True)]
    outcomes = read_back(state, "hall", True, 1_210)
    assert reports(outcomes) == [("hall", "answers")]
    assert deeds(outcomes) == []


def test_a_cut_while_a_device_is_gone_is_tried_all_the_same_and_said_to_be_unconfirmed() -> None:
    state = opened(running())
    lost(state, "hall", LIMIT - 100)
    outcomes = due(state, LIMIT)
    assert orders(outcomes) == [Order("hall", False)]
    assert [deed.confirmed_at for deed in deeds(outcomes)] == [None]


def test_added_time_moves_the_cut() -> None:
    scene = running()
    state = opened(scene)
    scene.run.ends_at = LIMIT + 30_000
    assert due(state, LIMIT) == []
    assert due(state, LIMIT + 30_000) == [Order("hall", False)]


def test_a_controller_that_starts_after_the_end_cuts_and_the_lateness_shows() -> None:
    state = stage(running())
    assert due(state, LIMIT + 2_500) == [Order("hall", False)]
    told = deeds(read_back(state, "hall", False, LIMIT + 2_504))
    assert told == [Deed("hall", Wish(False, "go", LIMIT), LIMIT + 2_500, LIMIT + 2_504, 1)]


def test_a_direct_cut_goes_before_the_clock() -> None:
    scene = running()
    state = opened(scene)
    scene.direct = DirectCut("now", "operator", 90_000)
    assert due(state, 90_001) == [Order("hall", False)]
    assert deeds(read_back(state, "hall", False, 90_005))[0].wish == Wish(False, "now", 90_000)
    assert due(state, LIMIT) == []


def with_backup(scene: Scene) -> Microphones:
    state = Microphones({"hall": Device("hall"), "mains": Device("mains", is_backup=True)}, scene)
    for order in orders(due(state, 0)):
        read_back(state, order.device, True, 5)
    return state


def test_a_backup_stays_open_while_the_devices_before_it_confirm() -> None:
    state = with_backup(running())
    assert due(state, LIMIT) == [Order("hall", False)]
    read_back(state, "hall", False, LIMIT + 3)
    assert due(state, LIMIT + 1_000) == []


def test_a_backup_is_cut_when_one_before_it_does_not_confirm_and_opened_with_the_next() -> None:
    state = with_backup(running())
    for turn in range(ATTEMPTS_BEFORE_ALARM - 1):
        assert orders(due(state, LIMIT + turn * ASK_AGAIN_MS)) == [Order("hall", False)]
    last = LIMIT + (ATTEMPTS_BEFORE_ALARM - 1) * ASK_AGAIN_MS
    assert orders(due(state, last)) == [Order("hall", False), Order("mains", False)]
    read_back(state, "mains", False, last + 2)
    read_back(state, "hall", False, last + 4)
    assert orders(due(state, last + 5)) == []
    state.scene = running(900_000)
    assert orders(due(state, 600_000)) == [Order("hall", True), Order("mains", True)]


Event = st.tuples(
    st.sampled_from(["tick", "open", "closed", "lost"]), st.integers(min_value=0, max_value=400)
)


@given(st.lists(Event, max_size=60))
def test_after_the_limit_nothing_is_ever_asked_to_open_and_an_open_device_is_asked_to_cut(
    events: list[tuple[str, int]],
) -> None:
    state, now = opened(running()), LIMIT
    for event, passed in [("tick", 0), *events]:
        now += passed
        match event:
            case "open" | "closed":
                outcomes = read_back(state, "hall", event == "open", now)
            case "lost":
                outcomes = lost(state, "hall", now)
            case _:
                outcomes = []
        outcomes += due(state, now)
        assert all(not order.is_open for order in orders(outcomes))
        device = state.devices["hall"]
        if device.is_open or device.is_open is None:
            assert not device.is_settled
            assert wake_at(state, now) is not None
