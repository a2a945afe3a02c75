from collections.abc import Sequence
from typing import Any

import pytest

from agents.reducers.groups import Standing
from agents.reducers.marks import GroupMarks
from dashboards.preflight.rules import (
    Coming,
    Found,
    ScreenSeen,
    StageDevice,
    StageTold,
    preflight,
)
from schemas.broadcasts import Broadcast, Evaluator, Group, Panel, Slot, Text
from schemas.formulas import Criterion, PresentationFormula
from schemas.preflights import Preflight

NOW = 1_000_000
FORMULA = PresentationFormula("presentation", 1, [Criterion("results", 100)], {"leaders": 1})
GROUP = Group("heads", Text(en="Heads"))
SLOT = Slot("s1", group="heads", unit="housing")
WELL = StageTold({"hall": StageDevice(False, False)})
FRESH = ScreenSeen("left", "stage", seq=7, heard_at=NOW - 1_000, lead_ms=3, doubt_ms=2)


def coming(*evaluators: Evaluator, slot: Slot = SLOT) -> Coming:
    broadcast = Broadcast("day", Text(en="Day"), groups=[GROUP], panels=[Panel("leaders", Text())])
    broadcast.evaluators.extend(evaluators)
    held = Standing(broadcast, GROUP, FORMULA, [slot], frozenset(), GroupMarks())
    return Coming("day", [slot], [held], seq=7, as_of=NOW - 60_000)


ASKED = coming(Evaluator("e1", "leaders", Text()))


def told(
    what: Coming = ASKED,
    decks: Sequence[str] = ("s1",),
    screens: Sequence[ScreenSeen] | None = (FRESH,),
    **stages: StageTold | None,
) -> Preflight:
    return preflight(what, Found(decks, stages or {"stage": WELL}, screens), NOW)


def found(given: Preflight) -> list[tuple[str, str, str]]:
    """Each problem: the check's state, whose it is, why."""
    return [
        (check.state, problem.subject, problem.reason)
        for check in given.checks
        for problem in check.problems
    ]


def test_when_all_is_there_nothing_is_told_but_how_much_there_is() -> None:
    given = told()
    assert given.ok
    assert [(check.name, check.state, check.count) for check in given.checks] == [
        ("decks", "ok", 1),
        ("evaluators", "ok", 1),
        ("devices", "ok", 1),
        ("screens", "ok", 1),
        ("clocks", "ok", 2),
    ]


def test_who_has_no_slides_is_noted_and_fails_nothing() -> None:
    given = told(decks=())
    assert (given.ok, found(given)) == (True, [("note", "s1", "no_deck")])


def test_a_presentation_that_a_panel_does_not_mark_fails() -> None:
    own = coming(Evaluator("e1", "leaders", Text(), units=["housing"]))
    assert found(told(own)) == [("fail", "s1", "nobody_asked")]
    assert found(told(coming())) == [("fail", "s1", "nobody_asked")]


def test_a_presentation_in_no_ranked_group_fails() -> None:
    alone = coming(Evaluator("e1", "leaders", Text()), slot=Slot("s2", group="others", unit="u"))
    assert ("fail", "s2", "nobody_asked") in found(told(alone, decks=["s2"]))


def test_a_stage_that_is_away_or_has_no_device_fails() -> None:
    assert found(told(far=None)) == [("fail", "far", "stage_away")]
    assert found(told(bare=StageTold({}))) == [("fail", "bare", "no_device")]


@pytest.mark.parametrize(
    "device",
    [
        StageDevice(None, False),
        StageDevice(False, True),
        StageDevice(False, False, "wrong password"),
    ],
)
def test_a_device_that_does_not_answer_fails_and_says_why(device: StageDevice) -> None:
    given = told(stage=StageTold({"hall": device}))
    assert found(given) == [("fail", "hall", "device_silent")]
    assert given.checks[2].problems[0].detail == (device.problem or "does not answer")


def test_a_simulated_device_is_noted_and_fails_nothing() -> None:
    given = told(stage=StageTold({"hall": StageDevice(False, False, simulated=True)}))
    assert (given.ok, found(given)) == (True, [("note", "hall", "simulated")])


def screen(**more: Any) -> list[ScreenSeen]:
    fields: dict[str, Any] = {"name": "left", "page": "stage", "seq": 7, "heard_at": NOW}
    return [ScreenSeen(**fields | more)]


def test_a_screen_that_is_behind_fails_and_one_that_is_silent_is_noted() -> None:
    assert found(told(screens=screen(seq=6))) == [("fail", "left", "screen_behind")]
    assert found(told(screens=screen(heard_at=NOW - 11_000))) == [("note", "left", "screen_silent")]


def test_a_screen_may_lag_for_a_moment() -> None:
    just_now = Coming("day", [], [], seq=7, as_of=NOW - 1_000)
    assert found(told(just_now, screens=screen(seq=6))) == []


def test_that_push_is_away_fails() -> None:
    assert found(told(screens=None)) == [("fail", "push", "push_away")]


def test_a_clock_that_is_off_or_badly_known_is_noted() -> None:
    assert found(told(screens=screen(lead_ms=-1_001))) == [("note", "left", "clock_off")]
    assert found(told(screens=screen(doubt_ms=51))) == [("note", "left", "clock_unsure")]
    late = StageTold(WELL.devices, clock_ms=2_000)
    assert found(told(stage=late)) == [("note", "stage", "clock_off")]
