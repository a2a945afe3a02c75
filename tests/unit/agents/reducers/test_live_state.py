from itertools import islice, permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from agents.reducers.live_state import (
    LiveState,
    decide,
    step_broadcasts,
    step_scores,
    step_sessions,
)
from agents.reducers.session_view import view
from schemas.broadcasts import Broadcast, Slot, Text
from schemas.facts import BroadcastLoaded, BroadcastRetired, LogOpened
from schemas.scores import GroupClosed, KeyPublished, RowRevealed
from schemas.sessions import (
    CommandRefused,
    DeviceReported,
    MicrophoneCut,
    PageTurned,
    PresentationFinished,
    PresentationStarted,
    RundownChanged,
    ScreenTold,
)
from schemas.wire import encode
from tests.support.stage_evening import COUNTY, StageEvening


def cut(at: int, *, planned: int = 300_000, confirmed: int | None = None) -> MicrophoneCut:
    return MicrophoneCut(
        at=at,
        id=f"c0:hall:cut:{planned}",
        broadcast="county",
        slot="s1",
        device="hall",
        planned_at=planned,
        sent_at=at,
        confirmed_at=confirmed,
        attempts=1,
    )


def test_a_command_waits_until_a_fact_follows_it() -> None:
    evening = StageEvening()
    command = evening.command("start_presentation", 5)
    evening.say(command)
    assert list(evening.state.waiting) == [command.id]
    refused = CommandRefused(at=6, id=command.id, broadcast="county", reason="late")
    assert evening.say(refused) == {"county"}
    assert not evening.state.waiting


def test_a_refusal_that_came_first_wins_over_a_go() -> None:
    evening = StageEvening()
    command = evening.command("start_presentation", 5)
    evening.say(CommandRefused(at=6, id=command.id, broadcast="county", reason="late"))
    started = PresentationStarted(
        at=5,
        id=command.id,
        broadcast="county",
        slot="s1",
        started_at=5,
        warn_at=6,
        ends_at=7,
        allotted_ms=2,
        warning_ms=1,
    )
    assert evening.say(started) == set()
    assert evening.live.session.run is None


def test_a_presentation_begins_when_go_was_pressed_not_when_it_was_read() -> None:
    evening = StageEvening()
    fact = evening.press("start_presentation", 1_000, now=2_500)
    assert (fact.started_at, fact.ends_at) == (1_000, 301_000)


def test_a_go_from_a_clock_that_is_ahead_is_refused() -> None:
    fact = StageEvening().press("start_presentation", 5_000, now=2_000)
    assert fact.reason == "clock"


def test_time_never_goes_back_when_two_consoles_clocks_differ() -> None:
    evening = StageEvening()
    evening.press("start_presentation", 10_000)
    fact = evening.press("finish_presentation", 9_000)
    assert isinstance(fact, PresentationFinished)
    assert (fact.at, fact.used_ms) == (10_000, 0)


def test_what_devices_and_screens_say_makes_the_number_greater_and_is_no_decision() -> None:
    evening = StageEvening()
    evening.press("start_presentation", 0)
    seq, decision = evening.state.seq("county"), evening.state.decision("county")
    evening.say(PageTurned(at=1, id="p", broadcast="county", slot="s1", page=2))
    evening.say(ScreenTold(at=2, id="t", broadcast="county", screen="left", message="slower"))
    evening.say(cut(300_000, confirmed=300_010))
    assert evening.state.seq("county") == seq + 3
    assert evening.state.decision("county") == decision


def test_a_press_that_saw_the_last_decision_is_followed_and_an_older_one_is_not() -> None:
    evening = StageEvening()
    seen = evening.state.decision("county")
    started = evening.press("start_presentation", 0, if_seq=seen)
    assert isinstance(started, PresentationStarted)
    refused = evening.press("finish_presentation", 10, if_seq=seen)
    assert refused.reason == "changed"


def test_two_broadcasts_are_never_on_at_once() -> None:
    evening = StageEvening()
    other = Broadcast(id="town", title=Text(zh="镇"), slots=[Slot(id="t1", kind="break")])
    evening.broadcast(BroadcastLoaded(at=0, broadcast=other))
    evening.press("start_presentation", 0)
    fact = evening.press("start_presentation", 1, broadcast="town")
    assert fact.reason == "another_on"


def test_of_two_broadcasts_that_start_at_once_the_first_wins() -> None:
    evening = StageEvening()
    fact = evening.press("start_presentation", 0)
    other = structs.replace(fact, id="other", broadcast="town", slot="t1")
    assert evening.say(other) == set()
    assert not evening.state.answers["other"].is_effective
    assert evening.state.session("town").current is None


def test_what_was_retired_while_it_was_on_can_still_be_finished() -> None:
    evening = StageEvening()
    evening.press("start_presentation", 0)
    evening.broadcast(BroadcastRetired(at=0, broadcast="county"))
    assert isinstance(evening.press("finish_presentation", 9), PresentationFinished)


def test_what_is_not_loaded_or_is_retired_takes_no_command() -> None:
    evening = StageEvening()
    assert evening.press("start_presentation", 0, broadcast="no").reason == "unknown_broadcast"
    evening.broadcast(BroadcastRetired(at=0, broadcast="county"))
    assert evening.press("start_presentation", 0).reason == "unknown_broadcast"


def test_a_confirmed_cut_takes_the_place_of_the_same_one_unconfirmed() -> None:
    evening = StageEvening()
    evening.say(cut(300_000))
    assert view(evening.state, "county").microphone.devices["hall"].state == "asked"
    evening.say(cut(300_000, confirmed=300_400))
    assert evening.say(cut(300_000)) == set()
    device = view(evening.state, "county").microphone.devices["hall"]
    assert (device.state, device.is_open, device.confirmed_at) == ("confirmed", False, 300_400)


def test_what_a_second_controller_publishes_late_does_not_take_a_device_back() -> None:
    evening = StageEvening()
    evening.say(cut(500, planned=500, confirmed=510))
    assert evening.say(cut(100, planned=100, confirmed=110)) == set()


def test_a_hand_at_the_desk_is_seen() -> None:
    evening = StageEvening()
    evening.say(cut(500, planned=500, confirmed=510))
    evening.say(
        DeviceReported(
            at=700,
            id="r",
            broadcast="county",
            device="hall",
            controller="a",
            state="by_hand",
            is_open=True,
        )
    )
    device = view(evening.state, "county").microphone.devices["hall"]
    assert (device.state, device.is_open, device.controller) == ("by_hand", True, "a")


def test_a_device_that_is_simulated_is_shown_as_such_whatever_it_does_then() -> None:
    evening = StageEvening()
    said: dict[str, Any] = {"broadcast": "county", "device": "hall", "controller": "a"}
    for simulated in (None, "well"):
        report = DeviceReported(at=1, id="r", state="answers", **said, simulated=simulated)
        evening.say(report)
        evening.say(cut(500, planned=500, confirmed=510))
        assert view(evening.state, "county").microphone.devices["hall"].simulated is simulated


def test_what_all_screens_are_told_holds_for_those_that_are_named_later() -> None:
    evening = StageEvening()
    for screen, more in (("all", {"blackout": True}), ("left", {"message": "hi"})):
        evening.say(ScreenTold(at=1, id=screen, broadcast="county", screen=screen, **more))
    evening.say(ScreenTold(at=2, id="x", broadcast="county", screen="all", blackout=False))
    left = view(evening.state, "county").screens["left"]
    assert (left.message, left.blackout) == ("hi", False)


def test_a_group_goes_from_waiting_to_revealed() -> None:
    evening = StageEvening()
    seen: list[str] = []

    def look() -> None:
        (group,) = view(evening.state, "county").groups
        seen.append(group.status)

    look()
    evening.press("start_presentation", 0)
    look()
    for press in ("finish_presentation", "skip_slot", "skip_slot"):
        evening.press(press, 1)
    look()
    for fact in (
        GroupClosed(at=2, broadcast="county", group="heads"),
        RowRevealed(at=3, broadcast="county", group="heads", rows=1),
        KeyPublished(at=4, broadcast="county", group="heads", key="k"),
    ):
        assert evening.score(fact) == {"county"}
        look()
    assert seen == ["waiting", "presenting", "marking", "closed", "revealing", "revealed"]


def test_a_file_loaded_after_a_live_change_goes_before_it_only_if_its_order_is_another() -> None:
    evening = StageEvening()
    fact = evening.press("change_rundown", 0, slots=COUNTY.slots[:2])
    assert isinstance(fact, RundownChanged)
    evening.broadcast(BroadcastLoaded(at=1, broadcast=COUNTY))
    assert [slot.id for slot in evening.state.slots("county")] == ["s1", "s2"]
    other = Broadcast(id="county", title=COUNTY.title, groups=COUNTY.groups, slots=COUNTY.slots[1:])
    evening.broadcast(BroadcastLoaded(at=1, broadcast=other))
    assert [slot.id for slot in evening.state.slots("county")] == ["s2", "s3"]


def test_an_unreadable_message_is_passed_over() -> None:
    evening = StageEvening()
    assert evening.say(None) == evening.score(None) == evening.broadcast(None) == set()
    assert evening.state.folded_to.sessions == 1


PRESSES = st.lists(
    st.tuples(
        st.sampled_from(["start_presentation", "pause_presentation", "finish_presentation"]),
        st.integers(0, 100_000),
    ),
    max_size=6,
)


@given(PRESSES)
def test_the_topics_may_be_folded_in_any_order_and_again(presses: list) -> None:
    evening, at = StageEvening(), 0
    said: list = []
    for name, wait in presses:
        at += wait
        command = evening.command(name, at)
        said += [command, evening.press(name, at)]
    topics = {
        step_broadcasts: [
            LogOpened(at=0, incarnation=1),
            BroadcastLoaded(at=0, broadcast=COUNTY),
        ],
        step_sessions: said,
        step_scores: [GroupClosed(at=9, broadcast="county", group="heads")],
    }
    shown = set()
    for order in islice(permutations(topics), 6):
        state = LiveState()
        for step in (*order, *order):
            for offset, message in enumerate(topics[step]):
                step(state, offset, message)
        shown.add(encode(view(state, "county")))
    assert len(shown) == 1


def test_who_saw_the_last_decision_has_seen_all_whatever_devices_said_since() -> None:
    evening = StageEvening()
    evening.press("start_presentation", 0)
    seen = evening.state.seq("county")
    evening.say(cut(300_000, confirmed=300_010))
    assert evening.state.has_seen_all("county", seen)
    assert evening.state.has_seen_all("county", evening.state.seq("county"))
    assert not evening.state.has_seen_all("county", seen - 1)
    assert not evening.state.has_seen_all("county", evening.state.seq("county") + 1)
    evening.press("finish_presentation", 300_020)
    assert not evening.state.has_seen_all("county", seen)


def test_a_fact_that_was_judged_by_an_older_state_has_no_effect() -> None:
    evening = StageEvening()
    evening.press("start_presentation", 0)
    command = evening.command("pause_presentation", 10, id="late")
    stale = decide(evening.state, command, 10)
    evening.press("add_time", 5, added_ms=30_000)
    assert evening.say(stale) == set()
    assert not evening.state.answers["late"].is_effective
    assert evening.live.session.playback(evening.live.order, 10) == "running"


def test_an_answer_tells_whether_it_had_an_effect() -> None:
    evening = StageEvening()
    started = evening.press("start_presentation", 0, id="a")
    assert evening.state.answers["a"] == (started, True)
    again = structs.replace(started, id="b", slot="s2")
    evening.say(evening.command("start_presentation", 0, id="b"))
    evening.say(again)
    assert evening.state.answers["b"] == (again, False)
