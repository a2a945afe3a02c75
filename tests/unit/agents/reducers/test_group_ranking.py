"""A group's ranking against a second, slow one that knows none of its rules' code."""

import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from agents.reducers import groups
from agents.reducers.group_board import GroupPart, make, seal_rows
from agents.reducers.groups import Groups, standing
from agents.reducers.marks import GroupName
from schemas.broadcasts import Broadcast
from schemas.facts import BroadcastLoaded
from schemas.markings import MarkPlace, open_marking, seal_marking
from schemas.scores import GroupClosed, Marking, MarksSealed, ScoresFact
from schemas.seals import Sealed
from schemas.wire import encode
from streams.keys import group_key
from tests.support.slow_ranking import ranking

SECRET = b"a secret for this property"
KEYS = group_key(SECRET)
LEADERS, OFFICIALS = [f"l{n}" for n in range(6)], ["o0", "o1"]
DOCUMENT: dict[str, Any] = {
    "id": "day",
    "title": {},
    "units": [{"id": f"u{n}", "number": n + 1, "kind": "department", "name": {}} for n in range(4)],
    "groups": [{"id": "g", "title": {}}],
    "slots": [{"id": f"s{n}", "group": "g", "unit": f"u{n}"} for n in range(4)],
    "panels": [{"id": panel, "title": {}} for panel in ("leaders", "officials")],
    "evaluators": [
        *({"id": who, "panel": "leaders", "name": {}} for who in LEADERS),
        *({"id": who, "panel": "officials", "name": {}, "units": ["u0"]} for who in OFFICIALS),
    ],
    "formulas": [
        {
            "id": "presentation",
            "version": 1,
            "kind": "presentation",
            "criteria": [{"id": "results", "max": 3}, {"id": "delivery", "max": 2}],
            "panels": {"leaders": 7, "officials": 3},
            "tie_break": ["panel:leaders"],
        }
    ],
}
BROADCAST = msgspec.convert(DOCUMENT, Broadcast)
SAYINGS = st.one_of(
    st.just({"recused": "a tie"}),
    st.fixed_dictionaries(
        {
            "marks": st.fixed_dictionaries(
                {"results": st.integers(0, 3), "delivery": st.integers(0, 2)}
            ),
            "submitted": st.sampled_from([True, True, True, False]),
        }
    ),
)
SEALED_ROWS = 1_048
PLACES = st.tuples(st.integers(0, 3), st.sampled_from([*LEADERS, *OFFICIALS]))


def said(slot: int, who: str, saying: dict[str, Any]) -> MarksSealed:
    place = MarkPlace("day", "g", f"s{slot}", who)
    marking = msgspec.convert(saying, Marking)
    sealed = seal_marking(KEYS, place, marking)
    return MarksSealed(at=1, **place._asdict(), nonce=sealed.nonce, sealed=sealed.sealed)


@given(st.lists(st.tuples(PLACES, SAYINGS), max_size=40), st.integers(0, 40))
def test_a_group_is_ranked_as_the_slow_ranking_says_and_no_length_tells_of_it(
    sayings: list[tuple[tuple[int, str], dict[str, Any]]], closed_after: int
) -> None:
    facts: list[ScoresFact] = [said(*place, saying) for place, saying in sayings]
    facts.insert(min(closed_after, len(facts)), GroupClosed(at=2, broadcast="day", group="g"))
    state = Groups()
    groups.hear_broadcasts(state, 0, BroadcastLoaded(at=1, broadcast=BROADCAST))
    for offset, fact in enumerate(facts):
        marking = open_marking(KEYS, fact)
        groups.hear_scores(state, offset, fact, marking)
    found = standing(state, GroupName("day", "g"))
    assert found is not None
    made = make(GroupPart(groups.tally(state, found, Sealed("", "")), found.counts()), None)
    assert made is not None
    assert len(seal_rows(made, KEYS("day", "g")).sealed) == SEALED_ROWS
    assert len(encode(found.counts())) <= len(encode(found.fullest()))
    rows = [(row.slot, row.rank, row.score) for row in made.all.rows if row.rank]
    slow = ranking(DOCUMENT, [json.loads(encode(fact)) for fact in facts], SECRET)
    assert rows == slow
