"""Ranks groups again from ClickHouse's own view of their marks, and compares with their boards.

The marks come from the view `scores`, which opens them in SQL with the published key; so only a
group that is revealed whole can be compared.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from agents.reducers import group_board, groups, rounds
from agents.reducers.group_board import GroupPart
from agents.reducers.groups import Groups
from agents.reducers.marks import Entry, GroupMarks, GroupName
from agents.reducers.round_board import RoundParts
from schemas.boards import GroupBoard
from schemas.catalogue import read_or_none
from schemas.scores import Marking
from schemas.seals import Sealed
from schemas.tallies import Correction, VoteTally
from schemas.topics import Topic

SCORES = """
SELECT slot, evaluator, marks, submitted, recused, correction FROM scores
WHERE broadcast = {broadcast:String} AND `group` = {group:String} ORDER BY slot, evaluator
"""
FACTS = """
SELECT offset, value FROM log
WHERE topic = {topic:String} AND offset < {bound:UInt64} ORDER BY offset
"""
COUNTS = """
SELECT unit, toInt8(choice) AS place, count() FROM
(
    SELECT unit, voter, argMax(choice, (created_at, offset, item)) AS choice FROM votes
    WHERE round = {round:String}
        AND offset >= arrayElement({starts:Array(UInt64)}, partition + 1)
        AND offset < arrayElement({ends:Array(UInt64)}, partition + 1)
    GROUP BY unit, voter
)
GROUP BY unit, place
"""


class Ask(Protocol):
    """ClickHouse: a query with its parameters, answered by rows."""

    async def __call__(self, query: str, parameters: dict[str, Any]) -> list[Any]:
        """The rows."""
        ...


@dataclass(frozen=True, slots=True)
class GroupReport:
    """What ranking one group again found."""

    group: str
    seq: int
    marks: int
    differences: list[str]
    sealed: bool = False

    @property
    def ok(self) -> bool:
        """Whether the board is what its marks give; a sealed one is not compared."""
        return not self.differences

    def __str__(self) -> str:
        if self.sealed:
            return f"{self.group}: not revealed yet, so its marks do not open: nothing was compared"
        verdict = f"{len(self.differences)} differences" if self.differences else "equal"
        head = f"{self.group}: {self.marks} markings, board {self.seq}: {verdict}"
        return "\n".join([head, *(f"  {difference}" for difference in self.differences)])


async def rank_again(ask: Ask, board: GroupBoard) -> GroupReport:
    """Rank a group again from ClickHouse alone, and compare row by row."""
    if board.sealed is not None:
        return GroupReport(board.group, board.seq, 0, [], sealed=True)
    name = GroupName(board.broadcast, board.group)
    state = await _facts(ask, board)
    held = await _marks(ask, name, is_closed=board.closed)
    state.live.broadcasts[name.broadcast].groups[name.group] = held
    found = groups.standing(state, name)
    if found is None:
        return GroupReport(board.group, board.seq, 0, ["its definition is not in ClickHouse"])
    part = GroupPart(groups.tally(state, found, Sealed("", "")), found.counts())
    round_id = group_board.round_of(found.formula)
    made = group_board.make(part, await _citizens(ask, board, round_id) if round_id else None)
    again = {row.slot: row for row in made.all.rows} if made else {}
    told = {row.slot: row for row in board.rows}
    differences = [
        f"{slot}: {told.get(slot)} on the board, {again.get(slot)} ranked again"
        for slot in sorted(told.keys() | again.keys())
        if told.get(slot) != again.get(slot)
    ]
    return GroupReport(board.group, board.seq, len(held.entries), differences)


async def _facts(ask: Ask, board: GroupBoard) -> Groups:
    state = Groups()
    for topic, hear in (
        (Topic.BROADCASTS, groups.hear_broadcasts),
        (Topic.SESSIONS, groups.hear_sessions),
    ):
        parameters = {"topic": topic, "bound": board.positions[topic]["0"]}
        for offset, value in await ask(FACTS, parameters):
            hear(state, offset, read_or_none(topic, as_bytes(value)))
    return state


async def _marks(ask: Ask, name: GroupName, *, is_closed: bool) -> GroupMarks:
    held = GroupMarks(is_closed=is_closed, key="")
    for slot, evaluator, marks, submitted, recused, correction in await ask(SCORES, name._asdict()):
        said = Marking(recused=recused) if recused else Marking(marks, bool(submitted))
        held.entries[slot, evaluator] = Entry(said, 0, 0)
        if correction:
            held.corrections.append(Correction(0, "", slot, evaluator, correction))
    return held


async def _citizens(ask: Ask, board: GroupBoard, round_id: str) -> RoundParts | None:
    """The citizens' part as of the board's positions, counted by SQL."""
    state = rounds.Broadcasts()
    bound = board.positions[f"broadcasts of {round_id}"]["0"]
    for offset, value in await ask(FACTS, {"topic": "broadcasts", "bound": bound}):
        rounds.step(state, offset, read_or_none(Topic.BROADCASTS, as_bytes(value)))
    held = state.rounds.get(round_id)
    if held is None:
        return None
    ends = {int(place): end for place, end in board.positions["votes"].items()}
    places = {
        "round": round_id,
        "starts": [(held.votes_from or {}).get(str(n), 0) for n in sorted(ends)],
        "ends": [ends[n] for n in sorted(ends)],
    }
    counts: dict[str, list[int]] = {}
    for unit, place, count in await ask(COUNTS, places):
        counts.setdefault(unit, [0] * 5)[place] = count
    final = held.final_positions or {}
    votes = {
        n: VoteTally(round_id, n, {} if n else counts, end, max(end, final.get(str(n), 0)), 0)
        for n, end in ends.items()
    }
    return RoundParts(held.tally(state.incarnation), votes)


def as_bytes(value: str | bytes | None) -> bytes | None:
    """A message's value: ClickHouse gives one that is UTF-8 as a text."""
    return value.encode() if isinstance(value, str) else value
