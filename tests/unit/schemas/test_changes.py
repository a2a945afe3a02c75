"""A new version of a broadcast says what it changes."""

from msgspec.structs import replace

from schemas.broadcasts import Broadcast, Round, Slot, Text, Unit
from schemas.changes import changes
from schemas.formulas import SATISFACTION_V1, SatisfactionFormula

HOUSING = Unit("housing", 1, "department", Text("住建局", "Housing"))
WATER = Unit("water", 2, "department", Text(en="Water"))
HAPPY = Round("happy", Text(en="Happy?"))
COUNTY = Broadcast("county", Text(en="County"), units=[HOUSING, WATER], rounds=[HAPPY])


def test_a_first_load_says_what_there_is() -> None:
    assert changes(None, COUNTY) == ["broadcast county added: 2 units, 1 rounds"]


def test_the_same_again_changes_nothing() -> None:
    assert changes(COUNTY, replace(COUNTY)) == []


def test_what_came_and_went_is_named_by_id() -> None:
    roads = Unit("roads", 3, "department", Text(en="Roads"))
    assert changes(COUNTY, replace(COUNTY, units=[HOUSING, roads])) == [
        "unit water removed",
        "unit roads added",
    ]


def test_a_changed_field_is_told_with_both_values() -> None:
    new = replace(COUNTY, rounds=[replace(HAPPY, minimum_ballots=50, closes_at=1_797_595_200_000)])
    assert changes(COUNTY, new) == [
        "round happy: minimum_ballots 30 -> 50",
        "round happy: closes_at none -> 2026-12-18T12:00:00Z",
    ]
    assert changes(COUNTY, replace(COUNTY, title=Text("县", "County"))) == [
        'broadcast: title {"zh": "", "en": "County"} -> {"zh": "县", "en": "County"}'
    ]


def test_a_length_is_told_in_minutes_and_seconds() -> None:
    old, new = (
        replace(COUNTY, slots=[Slot("s1", kind="break", allotted_ms=length)])
        for length in (300_000, 20_000)
    )
    assert changes(old, new) == ["slot s1: allotted 5:00 -> 0:20"]


def test_another_order_is_a_change() -> None:
    first, second = Slot("s1", kind="break"), Slot("s2", kind="break")
    old, new = replace(COUNTY, slots=[first, second]), replace(COUNTY, slots=[second, first])
    assert changes(old, new) == ["slots are in another order"]


def test_a_new_version_of_a_formula_is_an_addition() -> None:
    one = SatisfactionFormula("mine", 1, SATISFACTION_V1.weights)
    old, new = (
        replace(COUNTY, formulas=[one]),
        replace(COUNTY, formulas=[one, replace(one, version=2)]),
    )
    assert changes(old, new) == ["formula mine version 2 added"]
