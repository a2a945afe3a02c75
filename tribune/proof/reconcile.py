"""Recounts rounds from ClickHouse, and compares with the newest published board, row by row.

The recount takes the ballots and the definition from the raw facts before the board's own
positions, so it is exact while votes still come in.
"""

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import clickhouse_connect
import msgspec
import orjson
from clickhouse_connect.driver.client import Client

from agents.reducers import group_kind, round_kind, rounds
from agents.reducers.boards import id_of, kind_of
from agents.reducers.round_board import rows
from schemas.addresses import ClickHouseAddress
from schemas.ballots import CHOICES
from schemas.boards import INCARNATION_STEP, Board, GroupBoard, Row
from schemas.catalogue import read_or_none
from schemas.topics import VOTE_PARTITIONS, Topic
from tribune.proof.reconcile_groups import COUNTS, GroupReport, as_bytes, rank_again

# Fifty times what the archive lets a batch wait (`linger_ms`); it calls itself behind after as long
ARCHIVED_WITHIN_S = 10.0
BEHIND = "ClickHouse does not hold all that board {seq} counts; is the archive well?"
ASK_AGAIN_S = 0.1  # a small query, and mostly the first one finds it there
FIELDS = tuple(name for name in Row.__struct_fields__ if name != "unit")

BOARDS = "SELECT board, argMax(message, seq) FROM boards GROUP BY board ORDER BY board"
ARCHIVED = (
    "SELECT partition, max(offset) + 1 FROM log WHERE topic = {topic:String} GROUP BY partition"
)
FACTS = """
SELECT offset, value FROM log
WHERE topic = 'broadcasts' AND offset < {bound:UInt64} ORDER BY offset
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of a unit's row that the recount gives another value."""

    unit: str
    field: str
    published: Any
    recounted: Any

    def __str__(self) -> str:
        told, found = self.published, self.recounted
        return f"{self.unit}: {self.field} is {told} on the board, {found} recounted"


@dataclass(frozen=True, slots=True)
class RoundReport:
    """What the recount of one round found."""

    round: str
    seq: int
    ballots: int
    differences: list[Difference]
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether the board is what a recount gives."""
        return not self.differences and not self.problem

    def __str__(self) -> str:
        if self.problem:
            return f"{self.round}: {self.problem}"
        verdict = f"{len(self.differences)} differences" if self.differences else "equal"
        head = f"{self.round}: {self.ballots:,} ballots counted, board {self.seq}: {verdict}"
        return "\n".join([head, *(f"  {difference}" for difference in self.differences)])


@dataclass(frozen=True, slots=True)
class Report:
    """The recount of every round and group that was asked for."""

    rounds: list[RoundReport] = field(default_factory=list[RoundReport])
    groups: list[GroupReport] = field(default_factory=list[GroupReport])
    asked: str | None = None

    @property
    def ok(self) -> bool:
        """Whether every board is what a recount gives; a round without a board is not."""
        found = [*self.rounds, *self.groups]
        return all(report.ok for report in found) and (bool(found) or not self.asked)

    @property
    def compared(self) -> int:
        """How many boards a recount could be compared with: those that are not sealed."""
        return len(self.rounds) + sum(not report.sealed for report in self.groups)

    @property
    def summary(self) -> str:
        """A line for each round and group, and one for each difference."""
        if found := [*self.rounds, *self.groups]:
            return "\n".join(map(str, found))
        if self.asked:
            return f"{self.asked}: no board in ClickHouse; was it ever open, is the id right?"
        return "no board in ClickHouse yet: nothing to compare"


async def reconcile(
    address: ClickHouseAddress, round_id: str | None = None, statuses: Collection[str] = ()
) -> Report:
    """Recount one round or group, by its id or its board's, or all; or only boards of a status.

    Raises:
        ClickHouseError: ClickHouse does not answer, or refuses.
    """
    client = await asyncio.to_thread(_connect, address)
    try:
        report = Report(asked=round_id)
        for name, message in await _rows(client, BOARDS, {}):
            kind = kind_of(name)
            if kind is not None and round_id in (None, name, id_of(name)):
                board: Any = msgspec.convert(orjson.loads(message), kind.shape)
                if statuses and getattr(board, "status", None) not in statuses:
                    continue
                if kind is round_kind.KIND:
                    report.rounds.append(await _recount(client, board))
                elif kind is group_kind.KIND:
                    report.groups.append(await _rank_group(client, board))
        return report
    finally:
        client.close()


async def _rank_group(client: Client, board: GroupBoard) -> GroupReport:
    if await _is_archived(client, board):
        return await rank_again(partial(_rows, client), board)
    return GroupReport(board.group, board.seq, 0, [BEHIND.format(seq=board.seq)])


def _connect(address: ClickHouseAddress) -> Client:
    return clickhouse_connect.get_client(
        dsn=address.url,
        username=address.user,
        password=address.password,
        database=address.database,
        autogenerate_session_id=False,
    )


async def _rows(client: Client, query: str, parameters: dict[str, Any]) -> list[Any]:
    answer = await asyncio.to_thread(client.query, query, parameters=parameters)
    return list(answer.result_rows)


async def _recount(client: Client, board: Board) -> RoundReport:
    if not await _is_archived(client, board):
        return RoundReport(board.round, board.seq, 0, [], BEHIND.format(seq=board.seq))
    held = await _definition(client, board)
    if held is None:
        return RoundReport(board.round, board.seq, 0, [], "its definition is not in ClickHouse")
    definition = held.tally(board.seq // INCARNATION_STEP)
    counts = await _counts(client, board, held.votes_from or {})
    counts = {unit.id: counts.get(unit.id, [0] * len(CHOICES)) for unit in definition.units}
    differences = compare(board.rows, rows(definition, counts))
    return RoundReport(board.round, board.seq, sum(map(sum, counts.values())), differences)


async def _counts(client: Client, board: Board, votes_from: dict[str, int]) -> dict[str, list[int]]:
    places = [str(partition) for partition in range(VOTE_PARTITIONS)]
    parameters = {
        "round": board.round,
        "starts": [votes_from.get(place, 0) for place in places],
        "ends": [board.positions["votes"][place] for place in places],
    }
    counts: dict[str, list[int]] = {}
    for unit, place, count in await _rows(client, COUNTS, parameters):
        counts.setdefault(unit, [0] * len(CHOICES))[place] = count
    return counts


async def _is_archived(client: Client, board: Board | GroupBoard) -> bool:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + ARCHIVED_WITHIN_S
    while True:
        missing = False
        for topic, wanted in board.positions.items():
            name = topic.partition(" ")[0]
            held = dict(await _rows(client, ARCHIVED, {"topic": name}))
            missing |= any(held.get(int(place), 0) < end for place, end in wanted.items())
        if not missing or loop.time() > deadline:
            return not missing
        await asyncio.sleep(ASK_AGAIN_S)


async def _definition(client: Client, board: Board) -> rounds.VotingRound | None:
    state = rounds.Broadcasts()
    for offset, value in await _rows(client, FACTS, {"bound": board.positions["broadcasts"]["0"]}):
        rounds.step(state, offset, read_or_none(Topic.BROADCASTS, as_bytes(value)))
    return state.rounds.get(board.round)


def compare(published: list[Row], recounted: list[Row]) -> list[Difference]:
    """Every field that differs, by unit, and units that only one of the two has."""
    left, right = ({row.unit: row for row in side} for side in (published, recounted))
    found = [
        Difference(unit, "row", "there" if unit in left else "missing", "the other way round")
        for unit in sorted(left.keys() ^ right.keys())
    ]
    for unit in left.keys() & right.keys():
        pairs = [(name, getattr(left[unit], name), getattr(right[unit], name)) for name in FIELDS]
        found += [Difference(unit, name, a, b) for name, a, b in pairs if a != b]
    if not found and [row.unit for row in published] != [row.unit for row in recounted]:
        found.append(Difference("all", "order", "one", "another"))
    return found
