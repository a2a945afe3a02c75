"""A group's marks, closed, corrected and revealed in any order, beside a slow reckoning of them."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from agents.reducers import groups
from agents.reducers.group_board import GroupPart, Made, board, is_newer, make, seal_rows
from agents.reducers.groups import Groups
from schemas.facts import BroadcastLoaded, LogOpened
from schemas.scores import (
    GroupClosed,
    KeyPublished,
    Marking,
    MarksCorrected,
    MarksSealed,
    RowRevealed,
)
from schemas.seals import Sealed
from schemas.sessions import SlotRestored, SlotSkipped
from schemas.tallies import GroupTally, SlotCounts
from schemas.wire import encode
from tests.unit.agents.reducers.test_groups import BROADCAST, EVALUATORS, FORMULA, NAME, SLOTS

KEY = b"k" * 32
PANELS = {**EVALUATORS, "own": "officials", "guest": "guests"}
MARKED = st.fixed_dictionaries(
    {
        "slot": st.sampled_from([slot.id for slot in SLOTS]),
        "evaluator": st.sampled_from([*PANELS]),
        "row": st.tuples(st.integers(0, 61), st.integers(0, 40)),
        "how": st.sampled_from(["submitted", "submitted", "begun", "recused", "torn"]),
    }
)


def fact(kind: type[Any], **fields: Any) -> Any:
    return kind(at=5, by="operator:x", broadcast="county", group="departments", **fields)


class Marked(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.logs: dict[str, list[tuple[Any, Any]]] = {
            "broadcasts": [
                (LogOpened(at=1, incarnation=1), None),
                (BroadcastLoaded(at=1, broadcast=BROADCAST), None),
            ],
            "sessions": [],
            "scores": [],
        }
        self.state = fold(self.logs, ["broadcasts", "sessions", "scores"])
        self.boards: dict[int, bytes] = {}
        self.held: GroupPart | None = None

    def say(self, topic: str, message: Any, marking: Marking | None = None) -> None:
        offset = len(self.logs[topic])
        self.logs[topic].append((message, marking))
        hear(self.state, topic, offset, message, marking)

    @rule(given=MARKED)
    def mark(self, given: dict[str, Any]) -> None:
        place = {"slot": given["slot"], "evaluator": given["evaluator"]}
        self.say(
            "scores",
            fact(MarksSealed, **place, nonce=str(len(self.logs["scores"])), sealed=""),
            marking(given),
        )

    @rule(given=MARKED)
    def correct(self, given: dict[str, Any]) -> None:
        place = {"slot": given["slot"], "evaluator": given["evaluator"], "reason": "a slip"}
        self.say(
            "scores",
            fact(MarksCorrected, **place, nonce=str(len(self.logs["scores"])), sealed=""),
            marking(given),
        )

    @rule()
    def close(self) -> None:
        self.say("scores", fact(GroupClosed))

    @rule(rows=st.integers(0, 4))
    def reveal(self, rows: int) -> None:
        self.say("scores", fact(RowRevealed, rows=rows))

    @rule()
    def publish(self) -> None:
        self.say("scores", fact(KeyPublished, key="key"))

    @rule(kind=st.sampled_from([SlotSkipped, SlotRestored]), number=st.integers(1, 3))
    def skip(self, kind: Any, number: int) -> None:
        name = f"c{len(self.logs['sessions'])}"
        self.say("sessions", kind(at=5, id=name, broadcast="county", slot=f"s{number}"))

    @rule(topic=st.sampled_from(["broadcasts", "sessions", "scores"]))
    def torn(self, topic: str) -> None:
        self.say(topic, None)

    @invariant()
    def what_counts_is_what_a_slow_reckoning_finds(self) -> None:
        held = groups.standing(self.state, NAME)
        assert held is not None
        assert held.counts() == slow_counts(self.logs)

    @invariant()
    def nothing_is_shown_before_the_close_and_then_no_more_than_was_revealed(self) -> None:
        made = self.made()
        shown = board(made, None)
        scores = [message for message, _ in self.logs["scores"]]
        closed = next((n for n, each in enumerate(scores) if isinstance(each, GroupClosed)), None)
        after = [] if closed is None else scores[closed:]
        revealed = max((each.rows for each in after if isinstance(each, RowRevealed)), default=0)
        ranked = sum(row.rank is not None for row in made.all.rows)
        if any(isinstance(each, KeyPublished) for each in after) or revealed >= max(1, ranked):
            assert shown.rows == made.all.rows or closed is None
        else:
            assert len(shown.rows) == min(revealed, ranked)

    @invariant()
    def one_board_for_one_number_and_numbers_only_grow(self) -> None:
        made = self.made()
        said = encode(board(made, None if made.is_public else seal_rows(made, KEY)))
        assert self.boards.setdefault(made.seq, said) == said
        assert made.seq == max(self.boards)

    @invariant()
    def an_older_tally_is_never_taken(self) -> None:
        part = self.part()
        assert self.held is None or not is_newer(self.held.tally, part)
        self.held = part

    def part(self) -> GroupPart:
        return part_of(self.state)

    def made(self) -> Made:
        found = make(self.part(), None)
        assert found is not None
        return found

    def teardown(self) -> None:
        """Whichever topic was folded first."""
        tally = part_of(self.state)
        for order in (["scores", "sessions", "broadcasts"], ["sessions", "broadcasts", "scores"]):
            assert part_of(fold(self.logs, order)) == tally


def marking(given: dict[str, Any]) -> Marking | None:
    if given["how"] == "torn":
        return None
    if given["how"] == "recused":
        return Marking(recused="a friend")
    row = dict(zip(("results", "delivery"), given["row"], strict=True))
    return Marking(marks=row, submitted=given["how"] == "submitted")


def hear(state: Groups, topic: str, offset: int, message: Any, found: Marking | None) -> None:
    match topic:
        case "broadcasts":
            groups.hear_broadcasts(state, offset, message)
        case "sessions":
            groups.hear_sessions(state, offset, message)
        case _:
            groups.hear_scores(state, offset, message, found)


def fold(logs: dict[str, list[tuple[Any, Any]]], order: list[str]) -> Groups:
    state = Groups()
    for topic in order:
        for offset, (message, found) in enumerate(logs[topic]):
            hear(state, topic, offset, message, found)
    return state


def part_of(state: Groups) -> GroupPart:
    held = groups.standing(state, NAME)
    assert held is not None
    tally: GroupTally = groups.tally(state, held, Sealed("", ""))
    return GroupPart(tally, held.counts())


def slow_counts(logs: dict[str, list[tuple[Any, Any]]]) -> dict[str, SlotCounts]:
    """Of each evaluator's markings the newest that was allowed when it came, one by one."""
    is_closed, newest = False, dict[tuple[str, str], Marking]()
    for message, found in logs["scores"]:
        is_mark = isinstance(message, MarksSealed) and not is_closed
        is_correction = isinstance(message, MarksCorrected) and is_closed
        if found is not None and (is_mark or is_correction):
            newest[message.slot, message.evaluator] = found
        is_closed = is_closed or isinstance(message, GroupClosed)
    skipped: set[str] = set()
    for message, _ in logs["sessions"]:
        if isinstance(message, SlotSkipped):
            skipped.add(message.slot or "")
        elif isinstance(message, SlotRestored):
            skipped.discard(message.slot or "")
    return {slot.id: slow_slot(slot, newest) for slot in SLOTS if slot.id not in skipped}


def slow_slot(slot: Any, newest: dict[tuple[str, str], Marking]) -> SlotCounts:
    rows, missing = dict[str, list[list[int]]](), 0
    for name, panel in PANELS.items():
        if panel not in FORMULA.panels or (name == "own" and slot.unit == "housing"):
            continue
        found = newest.get((slot.id, name))
        if found is not None and found.recused is not None:
            continue
        marks = list((found.marks or {}).values()) if found else []
        if found is None or not found.submitted or marks[0] > 60 or marks[1] > 40:
            missing += 1
            continue
        rows.setdefault(panel, []).append(marks)
    return SlotCounts({panel: sorted(rows[panel]) for panel in sorted(rows)}, missing)


TestMarked = Marked.TestCase
