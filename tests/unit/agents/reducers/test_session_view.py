from msgspec import structs

from agents.reducers.live_state import LiveState
from agents.reducers.session_view import view
from schemas.broadcasts import Broadcast
from schemas.scores import GroupClosed
from schemas.sessions import DeviceReported, MicrophoneOpened, ScreenTold
from tests.support.stage_evening import COUNTY, StageEvening

MINUTE = 60_000
PLANNED = structs.replace(
    COUNTY,
    slots=[
        structs.replace(slot, planned_at=number * 6 * MINUTE)
        for number, slot in enumerate(COUNTY.slots)
    ],
)


def expected(evening: StageEvening, now: int) -> list[int | None]:
    return [slot.expected_at for slot in view(evening.state, "county", now).slots]


def test_before_the_first_go_what_is_expected_is_what_is_planned() -> None:
    assert expected(StageEvening(PLANNED), 0) == [0, 6 * MINUTE, 12 * MINUTE]
    assert expected(StageEvening(), 0) == [None, None, None]


def test_who_runs_late_moves_what_comes_next_as_far_as_there_is_no_gap() -> None:
    evening = StageEvening(PLANNED)
    evening.press("start_presentation", 3 * MINUTE)
    assert expected(evening, 4 * MINUTE) == [3 * MINUTE, 8 * MINUTE, 13 * MINUTE]
    evening.press("add_time", 4 * MINUTE, added_ms=-MINUTE)
    assert expected(evening, 4 * MINUTE) == [3 * MINUTE, 7 * MINUTE, 12 * MINUTE]


def test_a_day_played_on_another_one_counts_its_plan_from_the_first_start() -> None:
    evening = StageEvening(PLANNED)
    start = 13 * 3_600_000
    evening.press("start_presentation", start)
    evening.press("finish_presentation", start + 2 * MINUTE)
    shown = view(evening.state, "county", start + 3 * MINUTE)
    assert shown.plan_shift_ms == start
    times = [slot.expected_at for slot in shown.slots]
    assert times == [start, start + 6 * MINUTE, start + 12 * MINUTE]


def test_only_a_rehearsal_moves_its_plan_for_some_minutes() -> None:
    evening = StageEvening(PLANNED)
    evening.press("start_presentation", 3 * MINUTE)
    assert view(evening.state, "county").plan_shift_ms == 0
    evening.state.is_rehearsal = True
    assert view(evening.state, "county").plan_shift_ms == 3 * MINUTE


def test_a_running_presentation_is_shown_whole() -> None:
    evening = StageEvening()
    evening.press("start_presentation", 1_000, by="operator:x")
    shown = view(evening.state, "county", 295_000)
    assert (shown.playback, shown.slot, shown.next) == ("running", "s1", "s2")
    assert (shown.remaining_ms, shown.phase, shown.used_ms) == (6_000, "warning", 294_000)
    assert shown.microphone.is_open
    assert [slot.status for slot in shown.slots] == ["on", "waiting", "waiting"]
    assert shown.last is not None
    assert (shown.last.type, shown.last.by) == ("presentation_started", "operator:x")


def test_without_a_time_it_is_shown_as_of_its_newest_message() -> None:
    evening = StageEvening()
    evening.press("start_presentation", 1_000)
    shown = view(evening.state, "county")
    assert (shown.as_of, shown.remaining_ms) == (1_000, 300_000)


def test_what_was_used_paused_and_over_stays_when_a_presentation_is_done() -> None:
    evening = StageEvening()
    evening.press("start_presentation", 0)
    evening.press("pause_presentation", MINUTE)
    evening.press("resume_presentation", 3 * MINUTE)
    evening.press("finish_presentation", 8 * MINUTE)
    slot = view(evening.state, "county", 20 * MINUTE).slots[0]
    assert (slot.status, slot.used_ms) == ("done", 5 * MINUTE)
    assert (slot.paused_ms, slot.overtime_ms) == (2 * MINUTE, MINUTE)


def test_a_refusal_is_shown_with_its_reason() -> None:
    evening = StageEvening()
    evening.press("pause_presentation", 5, by="operator:x")
    last = view(evening.state, "county").last
    assert last is not None
    assert (last.type, last.detail) == ("command_refused", "no presentation is on")


def test_a_broadcast_that_nobody_knows_is_idle() -> None:
    shown = view(LiveState(), "nobody")
    assert (shown.playback, shown.slots, shown.seq) == ("idle", [], 0)


def test_when_all_is_done_the_evening_is_finished() -> None:
    evening = StageEvening(Broadcast(id="county", title=COUNTY.title))
    assert view(evening.state, "county").playback == "idle"
    evening = StageEvening()
    for _ in range(3):
        evening.press("skip_slot", 0)
    assert view(evening.state, "county").playback == "finished"
    evening.press("restore_slot", 0, slot="s2")
    shown = view(evening.state, "county")
    assert (shown.playback, shown.next) == ("armed", "s2")


def test_what_an_operator_told_a_screen_or_did_with_a_group_is_the_newest_thing_for_all() -> None:
    evening = StageEvening()
    evening.press("start_presentation", 1_000)
    message = ScreenTold(at=2_000, by="operator:x", id="m", broadcast="county", screen="all")
    evening.say(message)
    last = view(evening.state, "county").last
    assert last is not None
    assert (last.type, last.by, last.at) == ("screen_told", "operator:x", 2_000)
    evening.score(GroupClosed(at=3_000, by="operator:y", broadcast="county", group="heads"))
    last = view(evening.state, "county").last
    assert last is not None
    assert (last.type, last.by, last.slot) == ("group_closed", "operator:y", None)
    evening.say(structs.replace(message, at=2_500))
    last = view(evening.state, "county").last
    assert last is not None
    assert last.type == "group_closed"


def test_a_hand_at_a_device_is_known_though_it_was_put_right_at_once() -> None:
    evening = StageEvening()
    report = DeviceReported(
        at=5, id="r", broadcast="county", device="hall", controller="a", state="by_hand"
    )
    evening.say(report)
    evening.say(structs.replace(report, at=9, state="answers", is_open=False))
    device = view(evening.state, "county").microphone.devices["hall"]
    assert (device.state, device.is_open, device.by_hand_at) == ("confirmed", False, 5)


def test_a_device_that_was_lost_and_put_right_again_is_shown_as_it_is() -> None:
    evening = StageEvening()
    opened = MicrophoneOpened(
        at=6,
        id="go:hall:open:1",
        broadcast="county",
        slot="s1",
        device="hall",
        planned_at=1,
        sent_at=2,
        confirmed_at=6,
        attempts=1,
    )
    evening.say(opened)
    evening.say(
        DeviceReported(
            at=20,
            id="r",
            broadcast="county",
            device="hall",
            controller="a",
            state="answers",
            is_open=False,
        )
    )
    device = view(evening.state, "county").microphone.devices["hall"]
    assert device.is_open is False
    evening.say(structs.replace(opened, at=27, sent_at=20, confirmed_at=27))
    device = view(evening.state, "county").microphone.devices["hall"]
    assert (device.is_open, device.state) == (True, "confirmed")
    assert (device.sent_at, device.confirmed_at) == (2, 6), "of two facts the first counts"
