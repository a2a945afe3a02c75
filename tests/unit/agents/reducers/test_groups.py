from itertools import count
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from agents.reducers import groups
from agents.reducers.group_board import GroupPart, Made, board, is_newer, make
from agents.reducers.groups import Groups, Standing, standing
from agents.reducers.marks import GroupName
from schemas.boards import GroupRow
from schemas.broadcasts import Broadcast, Evaluator, Group, Panel, Slot, Text, Unit
from schemas.facts import BroadcastLoaded, BroadcastRetired
from schemas.formulas import Criterion, PresentationFormula
from schemas.scores import (
    GroupClosed,
    KeyPublished,
    Marking,
    MarksCorrected,
    MarksSealed,
    RowRevealed,
    ScoresFact,
)
from schemas.seals import Sealed
from schemas.sessions import SlotSkipped
from schemas.tallies import GroupTally

NAME = GroupName("county", "departments")
NONCES = count()
FORMULA = PresentationFormula(
    id="presentation",
    version=1,
    criteria=[Criterion(id="results", max=60), Criterion(id="delivery", max=40)],
    panels={"leaders": 60, "officials": 40},
    tie_break=["panel:leaders", "criterion:results"],
)
UNITS = ("housing", "water", "roads")
SLOTS = [
    Slot(id=f"s{number}", group="departments", unit=unit) for number, unit in enumerate(UNITS, 1)
]
EVALUATORS = {"e1": "leaders", "e2": "leaders", "o1": "officials"}
BROADCAST = Broadcast(
    id="county",
    title=Text(en="County"),
    units=[
        Unit(id=unit, number=n, kind="department", name=Text(en=unit))
        for n, unit in enumerate(UNITS, 1)
    ],
    groups=[Group(id="departments", title=Text(en="Departments"))],
    slots=[*SLOTS, Slot(id="tea", kind="break")],
    panels=[Panel(id=panel, title=Text(en=panel)) for panel in ("leaders", "officials", "guests")],
    evaluators=[
        *(Evaluator(id=key, panel=panel, name=Text()) for key, panel in EVALUATORS.items()),
        Evaluator(id="own", panel="officials", name=Text(), units=["housing"]),
        Evaluator(id="guest", panel="guests", name=Text()),
    ],
    formulas=[FORMULA],
)


class Evening:
    """A group that hears one fact after the other."""

    def __init__(self) -> None:
        self.state = Groups()
        groups.hear_broadcasts(self.state, 0, BroadcastLoaded(at=1, broadcast=BROADCAST))

    def hear(self, fact: ScoresFact, marking: Marking | None = None) -> bool:
        offset = self.state.live.folded_to.scores
        return bool(groups.hear_scores(self.state, offset, fact, marking))

    def mark(self, slot: str, evaluator: str, *row: int, submitted: bool = True) -> bool:
        names = ("results", "delivery")
        marking = Marking(marks=dict(zip(names, row, strict=False)), submitted=submitted)
        return self.hear(sealed(slot, evaluator), marking)

    def mark_all(self, **rows: tuple[int, int]) -> None:
        for slot, row in rows.items():
            for evaluator in ("e1", "e2", "o1", "own"):
                if (slot, evaluator) != ("s1", "own"):
                    self.mark(slot, evaluator, *row)

    def stand(self) -> Standing:
        found = standing(self.state, NAME)
        assert found is not None
        return found

    def tally(self) -> GroupTally:
        return groups.tally(self.state, self.stand(), Sealed("", ""))

    def made(self) -> Made:
        found = make(GroupPart(self.tally(), self.stand().counts()), None)
        assert found is not None
        return found

    def shown(self) -> list[GroupRow]:
        return board(self.made(), None).rows

    def missing(self) -> dict[str, int]:
        return {slot: counts.missing for slot, counts in self.stand().counts().items()}


def nonce() -> str:
    """Another one for each marking, as sealing makes it."""
    return f"nonce {next(NONCES)}"


def fact(kind: type[Any], **fields: Any) -> Any:
    return kind(at=5, by="operator:x", broadcast="county", group="departments", **fields)


def sealed(slot: str, evaluator: str) -> MarksSealed:
    return fact(MarksSealed, slot=slot, evaluator=evaluator, nonce=nonce(), sealed="")


def correction(reason: str = "misread") -> MarksCorrected:
    place = {"slot": "s1", "evaluator": "e1"}
    return fact(MarksCorrected, **place, nonce=nonce(), sealed="", reason=reason)


def test_everyone_of_the_formula_s_panels_is_asked_but_not_on_their_own_unit() -> None:
    held = Evening().stand()
    assert [entry.id for entry in held.asked(SLOTS[0])] == ["e1", "e2", "o1"]
    assert [entry.id for entry in held.asked(SLOTS[1])] == ["e1", "e2", "o1", "own"]


def test_a_mark_is_missing_until_it_is_submitted() -> None:
    evening = Evening()
    evening.mark("s1", "e1", 50, 30, submitted=False)
    assert evening.missing() == {"s1": 3, "s2": 4, "s3": 4}
    evening.mark("s1", "e1", 50, 30)
    assert evening.missing()["s1"] == 2


def test_who_is_recused_is_not_asked_any_more() -> None:
    evening = Evening()
    evening.hear(sealed("s1", "e1"), Marking(recused="my brother"))
    assert evening.missing()["s1"] == 2


def test_what_does_not_fit_the_formula_is_missing() -> None:
    evening = Evening()
    for row in ((61, 40), (60,), (60, 41)):
        evening.mark("s1", "e1", *row)
        assert evening.missing()["s1"] == 3
    evening.hear(sealed("s1", "e1"), Marking(marks={"charm": 3}, submitted=True))
    assert evening.missing()["s1"] == 3


def test_the_newest_marks_before_the_close_count() -> None:
    evening = Evening()
    evening.mark("s1", "e1", 1, 1)
    evening.mark("s1", "e1", 50, 30)
    assert evening.hear(fact(GroupClosed))
    assert not evening.mark("s1", "e1", 60, 40)
    assert evening.stand().counts()["s1"].marks == {"leaders": [[50, 30]]}


def test_a_marking_that_does_not_open_counts_for_nothing() -> None:
    assert not Evening().hear(sealed("s1", "e1"), None)


def test_a_skipped_slot_is_not_ranked_and_asks_nobody() -> None:
    evening = Evening()
    groups.hear_sessions(evening.state, 0, SlotSkipped(at=7, id="c", broadcast="county", slot="s3"))
    evening.mark_all(s1=(60, 40), s2=(30, 20))
    made = evening.made()
    assert (made.status, made.as_of, made.positions["sessions"]) == ("final", 7, {"0": 1})
    assert [(row.slot, row.rank, row.status) for row in made.all.rows] == [
        ("s1", 1, "ranked"),
        ("s2", 2, "ranked"),
        ("s3", None, "skipped"),
    ]


def test_before_the_last_mark_or_the_close_no_score_is_reckoned() -> None:
    evening = Evening()
    evening.mark_all(s1=(60, 40), s2=(30, 20))
    made = evening.made()
    assert (made.status, made.all.missing) == ("provisional", 4)
    assert {(row.rank, row.score, *row.panels) for row in made.all.rows} == {(None, None)}
    assert [row.marks for row in made.all.rows] == [3, 4, 0]
    evening.mark_all(s3=(0, 0))
    made = evening.made()
    assert (made.status, made.all.missing) == ("final", 0)
    assert [row.score for row in made.all.rows] == [10_000, 5_000, 0]


def test_a_group_that_is_closed_is_final_with_what_it_has() -> None:
    evening = Evening()
    evening.mark_all(s1=(60, 40))
    evening.mark("s2", "o1", 60, 0)
    evening.hear(fact(GroupClosed))
    made = evening.made()
    assert made.status == "final"
    assert [(row.slot, row.rank, row.score, row.panels, row.missing) for row in made.all.rows] == [
        ("s1", 1, 10_000, {"leaders": 10_000, "officials": 10_000}, 0),
        ("s2", 2, 6_000, {"officials": 6_000}, 3),
        ("s3", None, None, {}, 4),
    ]


def test_rows_come_out_from_the_last_place_up_and_the_unranked_with_the_first_place() -> None:
    evening = Evening()
    evening.mark_all(s1=(30, 20), s2=(60, 40))
    assert evening.shown() == []
    evening.hear(fact(RowRevealed, rows=1))
    assert evening.shown() == [], "nothing is revealed before the close"
    evening.hear(fact(GroupClosed))
    evening.hear(fact(RowRevealed, rows=1))
    assert [row.slot for row in evening.shown()] == ["s1"]
    evening.hear(fact(RowRevealed, rows=0))
    assert [row.slot for row in evening.shown()] == ["s1"], "what is public stays so"
    evening.hear(fact(RowRevealed, rows=2))
    assert [row.slot for row in evening.shown()] == ["s2", "s1", "s3"]
    evening.hear(fact(KeyPublished, key="k"))
    made = board(evening.made(), None)
    assert (made.revealed, made.of, made.version, made.closed) == (3, 3, 1, True)


def test_equal_scores_share_a_rank_when_no_tie_break_parts_them() -> None:
    evening = Evening()
    evening.mark_all(s1=(40, 40), s2=(40, 40), s3=(60, 20))
    ranks = {row.slot: row.rank for row in evening.made().all.rows}
    assert ranks == {"s3": 1, "s1": 2, "s2": 2}


def test_a_correction_counts_only_after_the_close_and_makes_a_new_version() -> None:
    evening = Evening()
    evening.mark_all(s1=(60, 40), s2=(30, 20), s3=(0, 0))
    zero = Marking(marks={"results": 0, "delivery": 0}, submitted=True)
    assert not evening.hear(correction(), zero)
    evening.hear(fact(GroupClosed))
    before = evening.made()
    assert evening.hear(correction(), zero)
    after = board(evening.made(), None)
    assert (before.status, after.status, after.version) == ("final", "corrected", 2)
    assert after.seq > before.seq
    assert [(entry.slot, entry.by, entry.reason) for entry in after.corrections] == [
        ("s1", "operator:x", "misread")
    ]


def test_a_correction_that_comes_twice_makes_one_version() -> None:
    evening = Evening()
    evening.mark_all(s1=(60, 40), s2=(30, 20), s3=(0, 0))
    evening.hear(fact(GroupClosed))
    zero = Marking(marks={"results": 0, "delivery": 0}, submitted=True)
    full = Marking(marks={"results": 60, "delivery": 40}, submitted=True)
    assert evening.hear(correction(), zero)
    assert not evening.hear(correction(), zero)
    assert evening.hear(correction(), full)
    assert evening.hear(correction(), zero), "and back again"
    assert evening.hear(correction("of another panel"), zero)
    assert board(evening.made(), None).version == 5


def test_a_copy_that_a_broker_writes_after_something_newer_changes_nothing() -> None:
    evening = Evening()
    full = Marking(marks={"results": 60, "delivery": 40}, submitted=True)
    zero = Marking(marks={"results": 0, "delivery": 0}, submitted=True)
    older, newer = sealed("s1", "e1"), sealed("s1", "e1")
    assert evening.hear(older, zero)
    assert evening.hear(newer, full)
    assert not evening.hear(older, zero)
    evening.mark_all(s2=(30, 20), s3=(0, 0))
    evening.hear(fact(GroupClosed))
    first, second = correction(), correction()
    assert evening.hear(first, zero)
    assert evening.hear(second, full)
    assert not evening.hear(first, zero)
    assert board(evening.made(), None).version == 3


def test_a_retired_broadcast_has_no_groups() -> None:
    evening = Evening()
    groups.hear_broadcasts(evening.state, 1, BroadcastRetired(at=9, broadcast="county"))
    assert standing(evening.state, NAME) is None
    assert evening.state.names() == []


def test_a_tally_that_is_behind_in_any_position_is_stale() -> None:
    evening = Evening()
    evening.mark("s1", "e1", 1, 1)
    tally = evening.tally()
    held = GroupPart(tally, {})
    assert not is_newer(tally, held)
    evening.mark("s1", "e2", 1, 1)
    assert is_newer(evening.tally(), held)
    assert not is_newer(tally, GroupPart(evening.tally(), {}))


@given(st.permutations(["load", "skip", "mark", "mark", "mark"]))
def test_which_topic_was_folded_first_does_not_matter(order: list[str]) -> None:
    state, marked = Groups(), 0
    for what in order:
        if what == "load":
            groups.hear_broadcasts(state, 0, BroadcastLoaded(at=1, broadcast=BROADCAST))
        elif what == "skip":
            skipped = SlotSkipped(at=7, id="c", broadcast="county", slot="s3")
            groups.hear_sessions(state, 0, skipped)
        else:
            marking = Marking(marks={"results": marked, "delivery": 0}, submitted=True)
            groups.hear_scores(state, marked, sealed(f"s{1 + marked % 2}", "e1"), marking)
            marked += 1
    found = standing(state, NAME)
    assert found is not None
    tally = groups.tally(state, found, Sealed("", ""))
    assert tally.positions == {"scores": 3, "sessions": 1, "broadcasts": 1}
    assert [slot.skipped for slot in tally.slots] == [False, False, True]
    assert found.counts()["s1"].marks == {"leaders": [[2, 0]]}
