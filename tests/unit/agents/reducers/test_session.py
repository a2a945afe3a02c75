from hypothesis import given
from hypothesis import strategies as st

from agents.reducers.commands import decide
from agents.reducers.session import Session, step
from schemas.broadcasts import Slot
from schemas.sessions import (
    CommandName,
    CommandRefused,
    MicrophoneOrdered,
    PresentationFinished,
    PresentationStarted,
    SessionCommand,
)

MINUTE = 60_000
SLOTS = [Slot(id=f"s{number}", group="heads", unit=f"u{number}") for number in (1, 2, 3)]
ORDER = [slot.id for slot in SLOTS]


class Evening:
    """A session with its agent: commands go in, facts come back and are folded."""

    def __init__(self) -> None:
        self.session, self.offset = Session("county"), 0

    def press(self, name: CommandName, now: int, **more: object) -> object:
        self.offset += 1
        command = SessionCommand(
            **{"at": now, "id": f"c{self.offset}", "broadcast": "county", "command": name} | more
        )
        fact = decide(self.session, SLOTS, command, now, self.session.position)
        step(self.session, self.offset, fact)
        return fact


def reason(fact: object) -> str:
    assert isinstance(fact, CommandRefused), fact
    return fact.reason


def test_go_starts_the_first_slot_that_is_not_done() -> None:
    evening = Evening()
    fact = evening.press("start_presentation", 1_000)
    assert isinstance(fact, PresentationStarted)
    assert (fact.slot, fact.warn_at, fact.ends_at) == ("s1", 291_000, 301_000)
    assert evening.session.playback(ORDER, 300_999) == "running"
    assert evening.session.playback(ORDER, 301_000) == "overtime"


def test_the_microphone_is_off_at_the_limit_and_not_before() -> None:
    evening = Evening()
    evening.press("start_presentation", 0)
    run = evening.session.run
    assert run is not None
    assert run.is_microphone_open(299_999)
    assert not run.is_microphone_open(300_000)


def test_phases_go_from_normal_over_warning_and_danger_to_over() -> None:
    evening = Evening()
    evening.press("start_presentation", 0)
    run = evening.session.run
    assert run is not None
    phases = [run.phase(at) for at in (289_999, 290_000, 297_000, 300_000)]
    assert phases == ["normal", "warning", "danger", "over"]


def test_two_can_not_be_on_at_once() -> None:
    evening = Evening()
    evening.press("start_presentation", 0)
    assert reason(evening.press("start_presentation", 1, slot="s2")) == "another_on"


def test_a_go_that_is_read_late_is_refused() -> None:
    assert reason(Evening().press("start_presentation", 5_000, at=2_999)) == "late"


def test_a_cut_is_never_too_late_and_needs_no_sequence() -> None:
    evening = Evening()
    evening.press("start_presentation", 0)
    fact = evening.press("cut_microphone", 60_000, at=0, if_seq=999)
    assert isinstance(fact, MicrophoneOrdered)
    assert evening.session.run is not None
    assert not evening.session.run.is_microphone_open(60_001)


def test_two_operators_can_not_both_press_go() -> None:
    evening = Evening()
    evening.press("start_presentation", 0, if_seq=0)
    evening.press("finish_presentation", 10)
    assert reason(evening.press("start_presentation", 20, if_seq=0)) == "changed"


def test_of_two_facts_for_one_command_the_first_wins() -> None:
    session = Session("county")
    command = SessionCommand(at=0, id="c", broadcast="county", command="start_presentation")
    first = decide(session, SLOTS, command, 10, 0)
    second = decide(session, SLOTS[1:], command, 20, 0)
    assert step(session, 1, first)
    assert not step(session, 2, second)
    assert session.run is not None
    assert session.run.slot == "s1"


def test_a_fact_that_was_folded_before_changes_nothing() -> None:
    evening = Evening()
    fact = evening.press("start_presentation", 0)
    assert not step(evening.session, evening.offset, fact)


def test_the_clock_stands_while_it_is_paused() -> None:
    evening = Evening()
    evening.press("start_presentation", 0)
    evening.press("pause_presentation", MINUTE)
    run = evening.session.run
    assert run is not None
    assert run.remaining_ms(9 * MINUTE) == 4 * MINUTE
    assert not run.is_microphone_open(2 * MINUTE)
    evening.press("resume_presentation", 10 * MINUTE)
    assert run.ends_at == 14 * MINUTE


def test_time_added_after_the_limit_opens_the_microphone_again() -> None:
    evening = Evening()
    evening.press("start_presentation", 0)
    evening.press("add_time", 301_000, added_ms=30_000)
    run = evening.session.run
    assert run is not None
    assert run.ends_at == 331_000
    assert run.is_microphone_open(330_999)


def test_the_microphone_opens_after_the_end_only_for_a_reason() -> None:
    evening = Evening()
    evening.press("start_presentation", 0)
    assert reason(evening.press("restore_microphone", 301_000)) == "reason"
    evening.press("restore_microphone", 302_000, reason="the hall asked back")
    assert evening.session.run is not None
    assert evening.session.run.is_microphone_open(303_000)


def test_a_finished_slot_can_not_be_started_again() -> None:
    evening = Evening()
    evening.press("start_presentation", 0)
    evening.press("finish_presentation", 1_000)
    assert reason(evening.press("start_presentation", 2_000, slot="s1")) == "done"
    evening.press("skip_slot", 3_000, slot="s2")
    assert evening.session.armed(ORDER) == "s3"


def test_when_every_slot_is_done_the_evening_is_finished() -> None:
    evening = Evening()
    for _ in SLOTS:
        evening.press("skip_slot", 0)
    assert evening.session.playback(ORDER, 0) == "finished"


def test_what_is_restored_before_the_limit_is_cut_at_the_limit_all_the_same() -> None:
    evening = Evening()
    evening.press("start_presentation", 0)
    evening.press("cut_microphone", MINUTE)
    evening.press("restore_microphone", 2 * MINUTE, reason="by mistake")
    assert evening.session.run is not None
    assert evening.session.run.is_microphone_open(5 * MINUTE - 1)
    assert not evening.session.run.is_microphone_open(5 * MINUTE)


def test_a_direct_cut_is_not_undone_by_what_was_pressed_before_it() -> None:
    evening = Evening()
    evening.press("start_presentation", 0)
    cut = MicrophoneOrdered(at=301_500, id="cut", broadcast="county", slot="s1", is_open=False)
    evening.offset += 1
    step(evening.session, evening.offset, cut)
    assert reason(evening.press("restore_microphone", 301_000, reason="a question")) == "changed"
    evening.press("restore_microphone", 301_500, reason="a question")
    assert evening.session.run is not None
    assert evening.session.run.is_microphone_open(302_000)


def test_added_time_does_not_open_what_an_operator_cut() -> None:
    evening = Evening()
    evening.press("start_presentation", 0)
    evening.press("cut_microphone", MINUTE)
    evening.press("add_time", 2 * MINUTE, added_ms=30_000)
    assert evening.session.run is not None
    assert not evening.session.run.is_microphone_open(3 * MINUTE)


def test_added_time_that_would_open_the_microphone_late_is_refused() -> None:
    evening = Evening()
    evening.press("start_presentation", 0)
    assert reason(evening.press("add_time", 310_000, at=305_000, added_ms=30_000)) == "late"


def test_a_slot_that_was_skipped_can_come_after_all() -> None:
    evening = Evening()
    evening.press("skip_slot", 0, slot="s1")
    assert reason(evening.press("start_presentation", 1, slot="s1")) == "skipped"
    assert reason(evening.press("skip_slot", 1, slot="s1")) == "skipped"
    evening.press("restore_slot", 1, slot="s1")
    assert evening.session.armed(ORDER) == "s1"
    assert reason(evening.press("restore_slot", 2, slot="s1")) == "not_skipped"


def test_moving_on_finishes_what_is_on_and_arms_the_next() -> None:
    evening = Evening()
    evening.press("start_presentation", 0)
    assert isinstance(evening.press("move_on", 10), PresentationFinished)
    assert evening.session.armed(ORDER) == "s2"
    assert reason(evening.press("move_on", 20)) == "nothing_on"


COMMANDS = st.tuples(
    st.sampled_from(CommandName.__args__),
    st.integers(0, 200_000),
    st.integers(-200_000, 200_000),
    st.sampled_from(["", "why"]),
)


@given(st.lists(COMMANDS, max_size=40))
def test_time_is_conserved_and_nothing_is_open_without_a_reason(
    presses: list[tuple[CommandName, int, int, str]],
) -> None:
    evening, now, reasons = Evening(), 0, dict[str | None, str]()
    for name, wait, added, why in presses:
        now += wait
        fact = evening.press(name, now, added_ms=added, reason=why)
        if isinstance(fact, MicrophoneOrdered):
            reasons[fact.slot] = fact.reason if fact.is_open else ""
        if isinstance(fact, PresentationFinished):
            run = evening.session.runs[fact.slot or ""]
            assert fact.used_ms + fact.left_ms == run.allotted_ms + run.added_ms
            clock = now - run.started_at - run.pauses_ms(now)
            assert fact.used_ms + fact.overtime_ms == clock
            assert (run.spent_ms(now), run.overtime_ms(now)) == (fact.used_ms, fact.overtime_ms)
        running = [r for r in evening.session.runs.values() if r.finished_at is None]
        assert len(running) <= 1
        for run in evening.session.runs.values():
            if run.is_microphone_open(now):
                assert run.finished_at is None
                assert now < run.ends_at or reasons[run.slot]
