"""Makes a published board again, from the log up to the board's own positions, and compares.

It folds the facts with the rules that the workers run, by the formula that the log names, and asks
for the same bytes. A group's marks open with the key that its reveal published, or before that with
this system's own secret.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

import msgspec

from agents.reducers import board as boards
from agents.reducers import group_board, groups, rounds, tally
from agents.reducers.board import RoundParts
from agents.reducers.group_board import GroupPart
from agents.reducers.groups import Groups
from agents.reducers.marks import GroupName
from schemas.boards import INCARNATION_STEP, Board, GroupBoard, SealedRows
from schemas.catalogue import read_or_none
from schemas.markings import open_marking
from schemas.scores import KeyPublished, ScoresFact
from schemas.seals import GroupKey, NotOpened, Sealed, read_key, unseal
from schemas.topics import VOTE_PARTITIONS, Topic
from schemas.wire import Unreadable, decode, encode
from streams.log.interface import Log, Record
from streams.log.replay import Replay, replay

LAST_BOARDS = 20_000
LONGEST = 200
GROUPS = "presentations:"

Fields = dict[str, Any]


class CannotRecompute(RuntimeError):
    """There is nothing to compare, or it does not open; the text says why."""


@dataclass(frozen=True, slots=True)
class Report:
    """A published board, and what the log gives for its positions."""

    board: str
    seq: int
    status: str
    formula: str
    read: Mapping[str, int]
    differences: list[str] = field(default_factory=list[str])

    @property
    def ok(self) -> bool:
        """Whether both are the same bytes."""
        return not self.differences

    def __str__(self) -> str:
        read = ", ".join(f"{count:,} of {topic}" for topic, count in self.read.items())
        verdict = "equal" if self.ok else f"{len(self.differences)} differences"
        head = f"{self.board}: board {self.seq}, {self.status}, by {self.formula}"
        lines = [f"{head}: made again from the log ({read}): {verdict}"]
        return "\n".join(lines + [f"  {difference}" for difference in self.differences])


async def recompute(room: Log, board: str, key_of: GroupKey) -> Report:
    """Make the newest board of a name again.

    Raises:
        CannotRecompute: no such board is published, or its marks do not open.
        KafkaError, OSError, TimeoutError: the log is away.
    """
    published = await _newest(room, board)
    log = _Log(room)
    if board.startswith(GROUPS):
        return await _group(log, published, key_of)
    held = decode(published, Board)
    parts = await _round(log, held.round, held.positions)
    made = boards.board(boards.Parts({held.round: parts}), held.round)
    is_same = made is not None and encode(made) == published
    return _report(log, held, _fields(held) or {}, _fields(made), same=is_same)


@dataclass(slots=True)
class _Log:
    """Stretches of topics from their beginning, and how many messages were read of each."""

    room: Log
    read: dict[str, int] = field(default_factory=dict[str, int])

    async def records(
        self, topic: Topic, stretches: dict[int, tuple[int, int]]
    ) -> AsyncIterator[Record]:
        self.read.setdefault(str(topic), 0)
        if all(start >= end for start, end in stretches.values()):
            return
        async with replay(self.room) as reader:
            async for _, records in reader.read(topic, stretches):
                self.read[str(topic)] += len(records)
                for record in records:
                    yield record

    async def messages(self, topic: Topic, end: int) -> AsyncIterator[tuple[int, Any]]:
        """Each message of a topic of one partition; None for one that cannot be read."""
        async for record in self.records(topic, {0: (0, end)}):
            yield record.offset, read_or_none(topic, record.value)


async def _newest(room: Log, name: str) -> bytes:
    found: tuple[int, bytes] | None = None
    async with replay(room) as reader:
        async for record in _last_boards(reader):
            if record.key == name.encode() and record.value:
                seq = decode(record.value, dict[str, Any])["seq"]
                found = (seq, record.value) if found is None or seq > found[0] else found
    if found is None:
        names = "" if ":" in name else f" ({GROUPS}{name}, or satisfaction:{name})"
        raise CannotRecompute(
            f"the log holds no board {name}: is a worker running, is the id right{names}?"
        )
    return found[1]


async def _last_boards(reader: Replay) -> AsyncIterator[Record]:
    start = (await reader.starts(Topic.BOARDS, [0]))[0]
    end = (await reader.ends(Topic.BOARDS, [0]))[0]
    async for _, records in reader.read(Topic.BOARDS, {0: (max(start, end - LAST_BOARDS), end)}):
        for record in records:
            yield record


async def _round(log: _Log, round_id: str, positions: Mapping[str, Any]) -> RoundParts:
    """A round's parts as of the positions that a board stands on."""
    state = rounds.Broadcasts()
    group_end = positions.get(f"broadcasts of {round_id}")
    end = (group_end or positions["broadcasts"])["0"]
    async for offset, fact in log.messages(Topic.BROADCASTS, end):
        rounds.step(state, offset, fact)
    held = state.rounds.get(round_id)
    if held is None:
        raise CannotRecompute(f"the log has no round {round_id} before offset {end}")
    votes = await _votes(log, held, positions["votes"])
    parts = RoundParts(held.tally(state.incarnation))
    parts.votes = {number: entry.tally(round_id) for number, entry in votes.items()}
    return parts


async def _votes(
    log: _Log, held: rounds.VotingRound, positions: Mapping[str, int]
) -> dict[int, tally.PartitionTally]:
    starts = {n: (held.votes_from or {}).get(str(n), 0) for n in range(VOTE_PARTITIONS)}
    votes = {
        number: tally.PartitionTally(number, counts_from={held.id: start})
        for number, start in starts.items()
    }
    stretches = {number: (start, positions[str(number)]) for number, start in starts.items()}
    async for record in log.records(Topic.VOTES, stretches):
        if frame := read_or_none(Topic.VOTES, record.value):
            own = [row for row in frame[1] if row[0] == held.id]
            tally.step(votes[record.partition], record.offset, frame[0], own)
    final = held.final_positions or {}
    for number, entry in votes.items():
        tally.skip_to(entry, max(positions[str(number)], final.get(str(number), 0)))
    return votes


async def _group(log: _Log, published: bytes, key_of: GroupKey) -> Report:
    held = decode(published, GroupBoard)
    name = GroupName(held.broadcast, held.group)
    key_of = await _published_key(log, name) or key_of
    state = await _facts(log, held, key_of)
    found = groups.standing(state, name)
    if found is None:
        raise CannotRecompute(f"the log has no group {held.group} before the board's positions")
    part = GroupPart(groups.tally(state, found, Sealed("", "")), found.counts())
    round_id = group_board.round_of(found.formula)
    made = group_board.make(part, await _round(log, round_id, held.positions) if round_id else None)
    sealed = None
    if made is not None and not made.is_public:
        sealed = group_board.seal_rows(made, key_of(*name))
    again = group_board.board(made, sealed) if made else None
    told = _fields(held, _opened(held, key_of)) or {}
    found_again = _fields(again, made.all if made and held.sealed else None)
    is_same = again is not None and encode(again) == published
    return _report(log, held, told, found_again, same=is_same)


async def _facts(log: _Log, held: GroupBoard, key_of: GroupKey) -> Groups:
    state = Groups()
    ends = {topic: at["0"] for topic, at in held.positions.items()}
    async for offset, fact in log.messages(Topic.BROADCASTS, ends["broadcasts"]):
        groups.hear_broadcasts(state, offset, fact)
    async for offset, message in log.messages(Topic.SESSIONS, ends["sessions"]):
        groups.hear_sessions(state, offset, message)
    async for offset, fact in log.messages(Topic.SCORES, ends["scores"]):
        groups.hear_scores(state, offset, fact, _marking(key_of, fact))
    state.evenings.incarnation = held.seq // INCARNATION_STEP
    return state


def _marking(key_of: GroupKey, fact: ScoresFact | None) -> Any:
    try:
        return open_marking(key_of, fact) if fact else None
    except Unreadable:
        return None


async def _published_key(log: _Log, name: GroupName) -> GroupKey | None:
    """The key that the group's reveal published, if the log has it."""
    async with replay(log.room) as reader:
        end = (await reader.ends(Topic.SCORES, [0]))[0]
    async for _, fact in _Log(log.room).messages(Topic.SCORES, end):
        if isinstance(fact, KeyPublished) and (fact.broadcast, fact.group) == name:
            key = read_key(fact.key)
            return lambda _broadcast, _group: key
    return None


def _opened(held: GroupBoard, key_of: GroupKey) -> SealedRows | None:
    if held.sealed is None:
        return None
    about = group_board.about_sealed(held.broadcast, held.board, held.seq)
    try:
        key = key_of(held.broadcast, held.group)
        return decode(unseal(key, held.sealed, about), SealedRows)
    except NotOpened:
        detail = "its key is not published, and this system's secret is another one"
        raise CannotRecompute(f"{held.board} does not open: {detail}") from None


def _report(
    log: _Log, held: Board | GroupBoard, published: Fields, again: Fields | None, *, same: bool
) -> Report:
    """Compare what a board says, opened, field by field; `same` says whether the bytes are."""
    found = ["the facts before its positions make no board"] if again is None else []
    if again is not None and not same:
        found = list(_differences("", published, again)) or ["the bytes differ, not what they say"]
    formula = f"{held.formula.id} version {held.formula.version}"
    return Report(held.board, held.seq, held.status, formula, log.read, found)


def _fields(board: Board | GroupBoard | None, opened: SealedRows | None = None) -> Fields | None:
    if board is None:
        return None
    found = msgspec.to_builtins(board)
    return found if opened is None else found | msgspec.to_builtins(opened) | {"sealed": None}


def _differences(where: str, published: Fields, again: Fields) -> Iterator[str]:
    for name in published | again:
        told, found = published.get(name), again.get(name)
        if told == found:
            continue
        if name == "rows" and isinstance(told, list) and isinstance(found, list):
            rows = zip_longest(told, found, fillvalue={})
            for place, (one, other) in enumerate(rows, 1):
                yield from _differences(f"row {place}, ", one, other)
        else:
            yield f"{where}{name} is {_short(told)} on the board, {_short(found)} recomputed"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
