import pytest
from msgspec import structs

from agents.reducers.rundown_rules import Wrong, reloaded, settled
from schemas.broadcasts import Broadcast, Slot, Text
from schemas.facts import BroadcastLoaded
from schemas.sessions import CommandRefused, RundownChanged
from tests.support.stage_evening import COUNTY, StageEvening

S1, S2, S3 = COUNTY.slots
S4 = Slot(id="s4", group="heads", unit="u4")


def begun() -> StageEvening:
    """s1 is done, s2 is on."""
    evening = StageEvening()
    for at, name in enumerate(("start_presentation", "finish_presentation", "start_presentation")):
        evening.press(name, at)
    return evening


@pytest.mark.parametrize(
    "slots",
    [
        [S1, S2],
        [S1, S2, S4, S3],
        [S1, S4, S2, S3],
        [S3, S1, S2],
        [S1, S2, structs.replace(S3, presenter=Text(zh="王伟"), allotted_ms=60_000)],
    ],
)
def test_what_has_not_begun_may_be_moved_added_renamed_and_removed(slots: list[Slot]) -> None:
    evening = begun()
    assert isinstance(evening.press("change_rundown", 9, slots=slots), RundownChanged)
    assert list(evening.state.slots("county")) == slots


@pytest.mark.parametrize(
    ("slots", "word"),
    [
        ([S2, S3], "s1 is done and cannot be removed"),
        ([S1, S3], "s2 is on and cannot be removed"),
        ([S1, structs.replace(S2, allotted_ms=60_000)], "s2 is on and cannot be changed"),
        ([S2, S1, S3], "keeps its order"),
        ([S1, S2, S2], "stands twice"),
        ([S1, S2, Slot(id="s9", group="heads", unit="nobody")], "no unit nobody"),
        ([S1, S2, Slot(id="s9", group="choir", unit="u1")], "no group choir"),
        ([S1, S2, Slot(id="s9", kind="break", unit="u1")], "neither group nor unit"),
        ([S1, S2, structs.replace(S4, warning_ms=300_000)], "warning"),
        ([S1, S2, *(Slot(id=f"b{n}", kind="break") for n in range(500))], "at most 500"),
        ([S1, S2, Slot(id="t1", kind="break")], "belongs to the broadcast town"),
        (None, "whole running order"),
    ],
)
def test_what_has_begun_stays_and_what_cannot_be_is_refused(
    slots: list[Slot] | None, word: str
) -> None:
    evening = begun()
    other = Broadcast(id="town", title=Text(zh="镇"), slots=[Slot(id="t1", kind="break")])
    evening.broadcast(BroadcastLoaded(at=0, broadcast=other))
    fact = evening.press("change_rundown", 9, slots=slots)
    assert isinstance(fact, CommandRefused)
    assert word in fact.detail
    assert [slot.id for slot in evening.state.slots("county")] == ["s1", "s2", "s3"]


def test_two_operators_can_not_change_the_rundown_at_once() -> None:
    evening = StageEvening()
    seen = evening.state.decision("county")
    assert isinstance(
        evening.press("change_rundown", 1, slots=[S2, S1, S3], if_seq=seen), RundownChanged
    )
    assert evening.press("change_rundown", 2, slots=[S3, S2, S1], if_seq=seen).reason == "changed"


def test_a_file_may_be_loaded_again_unless_it_touches_what_has_begun() -> None:
    evening = begun()
    assert reloaded(evening.live, COUNTY) == []
    assert reloaded(evening.live, structs.replace(COUNTY, slots=[S1, S2])) == []
    (wrong,) = reloaded(evening.live, structs.replace(COUNTY, slots=[S1]))
    assert (wrong.reason, wrong.slot) == ("on_removed", "s2")


def test_a_file_may_not_take_away_what_the_live_rundown_names() -> None:
    evening = StageEvening()
    evening.press("change_rundown", 0, slots=[S1, S4])
    (wrong,) = reloaded(evening.live, structs.replace(COUNTY, units=COUNTY.units[:3]))
    assert (wrong.reason, wrong.slot) == ("unknown_unit", "s4")


@pytest.mark.parametrize(
    ("slots", "reasons"),
    [
        ([S2, S1, structs.replace(S3, presenter=Text(zh="王伟"))], []),
        ([S1, structs.replace(S2, unit="u4"), S3], ["rundown_marked"]),
        ([S1, structs.replace(S2, group="others"), S3], ["rundown_marked"]),
        ([S1, S3], ["rundown_marked"]),
        ([S1, S2], []),
        ([S1, S2, structs.replace(S3, unit="u4")], []),
        ([S1, S2, structs.replace(S3, group="closed")], ["rundown_closed"]),
        ([S1, S2, S3, Slot(id="s9", group="closed", unit="u4")], ["rundown_closed"]),
        ([S1, S2, S3, Slot(id="b1", kind="break")], []),
    ],
)
def test_what_has_marks_or_is_of_a_closed_group_keeps_its_group_and_unit(
    slots: list[Slot], reasons: list[str]
) -> None:
    found: list[Wrong] = list(settled(COUNTY.slots, slots, marked={"s2"}, closed={"closed"}))
    assert [wrong.reason for wrong in found] == reasons


def test_out_of_a_closed_group_nothing_is_moved_either() -> None:
    moved = [S1, S2, structs.replace(S3, group="others")]
    (wrong,) = settled(COUNTY.slots, moved, marked=(), closed={"heads"})
    detail = "the group heads is closed: s3 cannot change there any more"
    assert wrong == ("rundown_closed", "s3", detail)
