"""What would spoil votes that were cast is refused, with the reason."""

from typing import Any

import pytest
from msgspec.structs import replace

from schemas.broadcasts import Broadcast, Round, Text, Unit
from schemas.formulas import SatisfactionFormula
from schemas.refusals import refusals
from schemas.tallies import RoundStatus

HOUSING = Unit("housing", 1, "department", Text("住建局", "Housing"))
WATER = Unit("water", 2, "department", Text(en="Water"))
ROADS = Unit("roads", 3, "department", Text(en="Roads"))
HAPPY = Round("happy", Text(en="Happy?"))
COUNTY = Broadcast("county", Text(en="County"), units=[HOUSING, WATER], rounds=[HAPPY])
MINE = SatisfactionFormula(
    "satisfaction",
    2,
    {"very_satisfied": 100, "satisfied": 80, "average": 60, "not_satisfied": 10},
)
OPENED: tuple[RoundStatus, ...] = ("open", "closed", "finalised")

SPOILING: dict[str, Broadcast] = {
    "cannot be removed; retire": replace(COUNTY, rounds=[]),
    "unit water is voted on": replace(COUNTY, units=[HOUSING]),
    "unit water keeps the number 2": replace(COUNTY, units=[HOUSING, replace(WATER, number=7)]),
    "its formula cannot change": replace(COUNTY, formulas=[MINE]),
    "minimum_ballots stays 30": replace(COUNTY, rounds=[replace(HAPPY, minimum_ballots=5)]),
}
SETTLED: dict[str, Broadcast] = {
    "unit roads cannot be added": replace(COUNTY, units=[HOUSING, WATER, ROADS]),
    "closes_at cannot change": replace(COUNTY, rounds=[replace(HAPPY, closes_at=10**12)]),
    "accepts cannot change": replace(COUNTY, rounds=[replace(HAPPY, accepts=["web"])]),
}


@pytest.mark.parametrize("status", OPENED)
@pytest.mark.parametrize("says", SPOILING)
def test_a_round_with_votes_keeps_what_they_mean(status: RoundStatus, says: str) -> None:
    found = refusals(COUNTY, SPOILING[says], {"happy": status})
    assert len(found) == 1
    assert says in found[0]
    assert found[0].startswith("round happy is ")


@pytest.mark.parametrize("says", SETTLED)
def test_a_final_round_keeps_its_rules_too(says: str) -> None:
    [found] = refusals(COUNTY, SETTLED[says], {"happy": "finalised"})
    assert says in found
    assert refusals(COUNTY, SETTLED[says], {"happy": "open"}) == []


@pytest.mark.parametrize("new", [*SPOILING.values(), *SETTLED.values()])
@pytest.mark.parametrize("rounds", [{}, {"happy": "loaded"}])
def test_what_nobody_voted_on_may_change(new: Broadcast, rounds: dict[str, Any]) -> None:
    assert refusals(COUNTY, new, rounds) == []


def test_words_may_be_mended_at_any_time() -> None:
    housing = replace(HOUSING, name=Text("住房局"), aliases=["房管局"])
    new = replace(
        COUNTY,
        title=Text(en="The County"),
        units=[housing, WATER],
        rounds=[replace(HAPPY, title=Text(en="Happy now?"))],
    )
    assert refusals(COUNTY, new, {"happy": "finalised"}) == []


def test_a_first_load_spoils_nothing() -> None:
    assert refusals(None, COUNTY, {}) == []


def test_a_unit_that_left_the_rounds_own_list_is_missed() -> None:
    old = replace(COUNTY, rounds=[replace(HAPPY, units=["housing", "water"])])
    new = replace(COUNTY, rounds=[replace(HAPPY, units=["housing"])])
    assert len(refusals(old, new, {"happy": "open"})) == 1
