"""What would spoil marks that were given is refused, with the reason."""

import pytest
from msgspec.structs import replace

from schemas.broadcasts import Broadcast, Evaluator, Group, Panel, Slot, Text, Unit
from schemas.formulas import Criterion, PresentationFormula
from schemas.refusals import Begun, group_refusals

FORMULA = PresentationFormula("presentation", 1, [Criterion("results", 100)], {"leaders": 1})
SLOTS = [Slot(id="s1", group="g", unit="housing"), Slot(id="s2", group="g", unit="water")]
E1, GUEST = (
    Evaluator(id=key, panel=panel, name=Text())
    for key, panel in (("e1", "leaders"), ("x", "guests"))
)
DAY = Broadcast(
    "day",
    Text(en="Day"),
    units=[
        Unit(unit, n, "department", Text(en=unit)) for n, unit in enumerate(("housing", "water"), 1)
    ],
    groups=[Group("g", Text(en="Group"))],
    slots=SLOTS,
    panels=[Panel("leaders", Text()), Panel("guests", Text())],
    evaluators=[E1, GUEST],
    formulas=[FORMULA],
)
BEGUN = Begun(groups={"g"}, slots={"s1"})
SPOILING: dict[str, Broadcast] = {
    "it cannot be removed": replace(DAY, groups=[]),
    "its formula cannot change": replace(DAY, formulas=[replace(FORMULA, drop_extremes_from=3)]),
    "formula cannot change any more": replace(DAY, formulas=[FORMULA, replace(FORMULA, version=2)]),
    "evaluator e1 is asked for marks": replace(DAY, evaluators=[GUEST]),
    "evaluator e1 stays in the panel": replace(DAY, evaluators=[replace(E1, panel="guests")]),
    "evaluator e1: housing has presented": replace(
        DAY, evaluators=[replace(E1, units=["housing"]), GUEST]
    ),
    "slot s1 has begun or has marks: it cannot": replace(DAY, slots=SLOTS[1:]),
    "it keeps its group and its unit": replace(DAY, slots=[replace(SLOTS[0], unit="water")]),
}


@pytest.mark.parametrize("says", SPOILING)
def test_what_would_spoil_marks_is_refused_once_the_group_has_begun(says: str) -> None:
    found = group_refusals(DAY, SPOILING[says], BEGUN)
    assert any(says in detail for detail in found)
    assert group_refusals(DAY, SPOILING[says], Begun()) == []


def test_what_is_not_marked_yet_may_change() -> None:
    later = replace(E1, id="e2")
    own = replace(E1, units=["water"])
    new = replace(DAY, slots=SLOTS[:1], evaluators=[own, later], title=Text(en="Another"))
    assert group_refusals(DAY, new, BEGUN) == []
    assert group_refusals(None, DAY, BEGUN) == []


def test_nobody_is_asked_for_marks_in_a_group_that_is_closed() -> None:
    closed = Begun(groups={"g"}, slots={"s1"}, closed={"g"})
    late = replace(DAY, evaluators=[E1, GUEST, replace(E1, id="e2")])
    (told,) = group_refusals(DAY, late, closed)
    assert told == "group g has begun: evaluator e2 comes too late: the group is closed"
    guest = replace(DAY, evaluators=[E1, GUEST, replace(GUEST, id="y")])
    assert group_refusals(DAY, guest, closed) == []
