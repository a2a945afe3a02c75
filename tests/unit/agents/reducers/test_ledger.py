from typing import Any

import pytest

from agents.reducers.ledger import ledger
from agents.reducers.live_state import LiveState, step_broadcasts, step_sessions
from schemas.broadcasts import Broadcast, Group, Slot, Text
from schemas.facts import BroadcastLoaded
from schemas.ledgers import Cut, Ledger, LedgerRow
from schemas.sessions import (
    MicrophoneCut,
    PresentationFinished,
    PresentationPaused,
    PresentationResumed,
    PresentationStarted,
    SessionsMessage,
    SlotSkipped,
    TimeAdded,
    WarningGiven,
)

BROADCAST = Broadcast(
    id="county",
    title=Text(en="County"),
    groups=[Group(id="g", title=Text(en="Group"))],
    slots=[
        Slot(id="s1", group="g", unit="housing", presenter=Text(en="Li"), allotted_ms=300_000),
        Slot(id="tea", kind="break"),
        Slot(id="s2", group="g", unit="water", allotted_ms=300_000),
        Slot(id="s3", group="g", unit="roads", allotted_ms=240_000),
    ],
)


class Evening:
    """An evening that hears one fact after the other."""

    def __init__(self) -> None:
        self.state = LiveState()
        step_broadcasts(self.state, 0, BroadcastLoaded(at=1, broadcast=BROADCAST))

    def hear(self, kind: type[Any], slot: str, at: int, **fields: Any) -> None:
        offset = self.state.folded_to.sessions
        fields = {"id": f"c{offset}"} | fields
        fact: SessionsMessage = kind(at=at, broadcast="county", slot=slot, **fields)
        step_sessions(self.state, offset, fact)

    def start(self, slot: str, at: int, allotted_ms: int = 300_000) -> None:
        ends = at + allotted_ms
        times = {"started_at": at, "warn_at": ends - 10_000, "ends_at": ends}
        lengths = {"allotted_ms": allotted_ms, "warning_ms": 10_000}
        self.hear(PresentationStarted, slot, at, **times, **lengths, group="g", unit=slot)

    def cut(self, slot: str, planned_at: int, confirmed_at: int | None, **fields: Any) -> None:
        said = {"id": f"x:{planned_at}", "device": "hall", "planned_at": planned_at}
        said |= {"sent_at": planned_at + 1, "confirmed_at": confirmed_at, "attempts": 1} | fields
        self.hear(MicrophoneCut, slot, planned_at, **said)

    def warn(self, slot: str, planned_at: int, sent_at: int, name: str = "x") -> None:
        said = {"id": f"{name}:warning:{planned_at}", "planned_at": planned_at}
        self.hear(WarningGiven, slot, sent_at, **said, sent_at=sent_at)

    def finish(self, slot: str, at: int, used_ms: int, left_ms: int, over_ms: int = 0) -> None:
        spent = {"used_ms": used_ms, "left_ms": left_ms, "overtime_ms": over_ms}
        self.hear(PresentationFinished, slot, at, **spent)

    def ledger(self) -> Ledger:
        return ledger(self.state.broadcasts["county"])

    def row(self, slot: str) -> LedgerRow:
        return next(row for row in self.ledger().rows if row.slot == slot)


def test_every_presentation_has_a_row_and_a_break_has_none() -> None:
    rows = Evening().ledger().rows
    assert [(row.slot, row.status, row.allotted_ms) for row in rows] == [
        ("s1", "waiting", 300_000),
        ("s2", "waiting", 300_000),
        ("s3", "waiting", 240_000),
    ]


def test_a_presentation_to_its_limit_got_the_same_as_the_others() -> None:
    evening = Evening()
    evening.start("s1", 1_000_000)
    evening.warn("s1", 1_290_000, 1_290_003)
    evening.cut("s1", 1_300_000, 1_300_020)
    evening.finish("s1", 1_302_000, 300_000, 0, 2_000)
    row = evening.row("s1")
    assert (row.used_ms, row.overtime_ms, row.paused_ms, row.added_ms) == (300_000, 2_000, 0, 0)
    assert (row.started_at, row.finished_at) == (1_000_000, 1_302_000)
    assert (row.warning_planned_at, row.warned_at) == (1_290_000, 1_290_003)
    assert row.cut == {"hall": Cut(1_300_000, 1_300_001, 1_300_020, 1)}
    assert row.unequal == []


def test_who_finishes_early_was_not_warned() -> None:
    evening = Evening()
    evening.start("s1", 1_000_000)
    evening.finish("s1", 1_100_000, 100_000, 200_000)
    evening.cut("s1", 1_100_000, 1_100_005)
    row = evening.row("s1")
    assert (row.used_ms, row.warned_at, row.cut["hall"].planned_at) == (100_000, None, 1_100_000)
    assert row.unequal == []


def test_of_two_controllers_that_tell_of_one_warning_the_first_counts_also_after_the_finish() -> (
    None
):
    evening = Evening()
    evening.start("s1", 1_000_000)
    evening.finish("s1", 1_301_000, 300_000, 0, 1_000)
    evening.warn("s1", 1_290_000, 1_290_003)
    evening.warn("s1", 1_290_000, 1_290_009)
    assert evening.row("s1").warned_at == 1_290_003


def test_of_several_warnings_the_ledger_has_that_of_the_last_limit() -> None:
    evening = Evening()
    evening.start("s1", 1_000_000)
    evening.warn("s1", 1_290_000, 1_290_003)
    evening.hear(TimeAdded, "s1", 1_295_000, added_ms=60_000, warn_at=1_350_000, ends_at=1_360_000)
    assert evening.row("s1").warning_planned_at == 1_290_000
    evening.warn("s1", 1_350_000, 1_350_002)
    assert (evening.row("s1").warning_planned_at, evening.row("s1").warned_at) == (
        1_350_000,
        1_350_002,
    )


def test_added_time_and_pauses_are_marked() -> None:
    evening = Evening()
    evening.start("s1", 1_000_000)
    evening.hear(PresentationPaused, "s1", 1_100_000, remaining_ms=200_000)
    evening.cut("s1", 1_100_000, 1_100_005)
    turned = {"warn_at": 1_310_000, "ends_at": 1_320_000}
    evening.hear(PresentationResumed, "s1", 1_120_000, **turned)
    later = {"warn_at": 1_340_000, "ends_at": 1_350_000}
    evening.hear(TimeAdded, "s1", 1_130_000, added_ms=30_000, **later)
    evening.warn("s1", 1_340_000, 1_340_003)
    evening.cut("s1", 1_350_000, 1_350_010)
    evening.finish("s1", 1_351_000, 330_000, 0, 1_000)
    row = evening.row("s1")
    assert (row.used_ms, row.paused_ms, row.added_ms) == (330_000, 20_000, 30_000)
    assert row.cut["hall"].planned_at == 1_350_000
    assert row.unequal == ["added", "paused"]


def test_another_time_than_the_group_s_is_marked() -> None:
    evening = Evening()
    evening.start("s3", 1_000_000, 240_000)
    assert evening.row("s3").unequal == ["allotted"]


def test_a_cut_that_came_late_or_not_at_all_is_marked() -> None:
    late, never = Evening(), Evening()
    for evening, confirmed_at in ((late, 1_302_900), (never, None)):
        evening.start("s1", 1_000_000)
        evening.warn("s1", 1_290_000, 1_290_003)
        evening.cut("s1", 1_300_000, confirmed_at)
        evening.finish("s1", 1_303_000, 300_000, 0, 3_000)
    assert late.row("s1").unequal == ["cut_late"]
    assert never.row("s1").unequal == ["cut_unconfirmed"]


@pytest.mark.parametrize(("sent_at", "unequal"), [(1_290_500, []), (1_290_501, ["warning_late"])])
def test_a_warning_more_than_half_a_second_late_is_marked(sent_at: int, unequal: list[str]) -> None:
    evening = Evening()
    evening.start("s1", 1_000_000)
    evening.warn("s1", 1_290_000, sent_at)
    evening.finish("s1", 1_301_000, 300_000, 0, 1_000)
    assert evening.row("s1").unequal == unequal


def test_a_warning_that_nobody_says_was_given_is_marked_once_the_limit_is_over() -> None:
    evening = Evening()
    evening.start("s1", 1_000_000)
    evening.cut("s1", 1_295_000, 1_295_005)
    assert evening.row("s1").unequal == [], "it may be told yet"
    evening.cut("s1", 1_300_000, 1_300_005)
    evening.finish("s1", 1_301_000, 300_000, 0, 1_000)
    assert evening.row("s1").unequal == ["warning_missing"]
    evening.warn("s1", 1_290_000, 1_290_003)
    assert evening.row("s1").unequal == [], "a fact that comes later, after the broker was away"


@pytest.mark.parametrize(
    ("finished_at", "unequal"), [(1_290_500, []), (1_290_501, ["warning_missing"])]
)
def test_who_finishes_as_the_warning_was_due_does_not_lack_it(
    finished_at: int, unequal: list[str]
) -> None:
    evening = Evening()
    evening.start("s1", 1_000_000)
    evening.finish("s1", finished_at, finished_at - 1_000_000, 1_300_000 - finished_at)
    assert evening.row("s1").unequal == unequal


def test_who_was_paused_before_the_warning_and_finished_then_does_not_lack_it() -> None:
    evening = Evening()
    evening.start("s1", 1_000_000)
    evening.hear(PresentationPaused, "s1", 1_100_000, remaining_ms=200_000)
    evening.finish("s1", 1_400_000, 100_000, 200_000)
    assert evening.row("s1").unequal == ["paused"]


def test_of_what_is_said_of_one_cut_the_confirmed_counts() -> None:
    evening = Evening()
    evening.start("s1", 1_000_000)
    evening.warn("s1", 1_290_000, 1_290_003)
    for confirmed_at in (None, 1_300_030, None):
        evening.cut("s1", 1_300_000, confirmed_at)
    evening.finish("s1", 1_301_000, 300_000, 0, 1_000)
    row = evening.row("s1")
    assert (row.cut["hall"].confirmed_at, row.unequal) == (1_300_030, [])


def test_a_microphone_that_had_to_be_cut_again_is_marked() -> None:
    evening = Evening()
    evening.start("s1", 1_000_000)
    evening.warn("s1", 1_290_000, 1_290_003)
    evening.cut("s1", 1_300_000, 1_300_010)
    evening.cut("s1", 1_305_000, 1_305_010)
    evening.finish("s1", 1_310_000, 300_000, 0, 10_000)
    assert evening.row("s1").unequal == ["opened_again"]
    assert evening.row("s1").cut["hall"].planned_at == 1_300_000


def test_a_skipped_slot_got_nothing() -> None:
    evening = Evening()
    evening.hear(SlotSkipped, "s2", 1_000, reason="ill")
    row = evening.row("s2")
    assert (row.status, row.used_ms, row.cut, row.unequal) == ("skipped", None, {}, [])


def test_a_controller_that_starts_afterwards_and_cuts_to_be_sure_marks_nothing() -> None:
    evening = Evening()
    evening.start("s1", 1_000_000)
    evening.warn("s1", 1_290_000, 1_290_003)
    evening.cut("s1", 1_300_000, 1_300_010)
    evening.finish("s1", 1_310_000, 300_000, 0, 10_000)
    evening.cut("s1", 1_310_000, 1_900_000)
    row = evening.row("s1")
    assert (row.cut["hall"].confirmed_at, row.unequal) == (1_300_010, [])
