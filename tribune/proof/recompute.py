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
from msgspec import Struct

from agents.reducers.board_kind import Again, CannotRecompute, Read, Recount
from agents.reducers.boards import KINDS, kind_of
from schemas.catalogue import read_or_none
from schemas.seals import GroupKey
from schemas.topics import Topic
from schemas.wire import decode, encode
from streams.log.interface import Log, Record
from streams.log.replay import Replay, replay

__all__ = ["CannotRecompute", "Report", "recompute"]

# An hour (the log keeps no more) of a board that moves five times a second is 18,000; in as many
# every other that is published stands as well, since it is said again every 5 s
LAST_BOARDS = 20_000
LONGEST = 200  # characters of a value: what differs is seen, and a list of rows fills no screen

Fields = dict[str, Any]


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
    kind = kind_of(board)
    if kind is None:
        raise CannotRecompute(f"{board} is a board of no kind that this version makes")
    held: Any = decode(published, kind.shape)
    log = _Log(room)
    again = await log.carry_out(kind.recount(held, key_of))
    is_same = again.board is not None and encode(again.board) == published
    told, found = _fields(held, again.published_rows) or {}, _fields(again.board, again.rows)
    return _report(log, held, told, found, same=is_same)


@dataclass(slots=True)
class _Log:
    """Stretches of topics, and how many messages the positions bound were read of each."""

    room: Log
    read: dict[str, int] = field(default_factory=dict[str, int])

    async def records(
        self, topic: Topic, stretches: dict[int, tuple[int, int]]
    ) -> AsyncIterator[Record]:
        if all(start >= end for start, end in stretches.values()):
            return
        async with replay(self.room) as reader:
            async for _, records in reader.read(topic, stretches):
                for record in records:
                    yield record

    async def carry_out(self, recount: Recount) -> Again:
        """Read whatever a recount wishes, until it has its board."""
        while True:
            try:
                wish = next(recount)
            except StopIteration as done:
                return done.value
            stretches = await self._bounded(wish)
            read = 0
            async for record in self.records(wish.topic, stretches):
                message = read_or_none(wish.topic, record.value)
                wish.fold(record.partition, record.offset, message)
                read += 1
            if stretches == wish.stretches:
                self.read[str(wish.topic)] = self.read.get(str(wish.topic), 0) + read

    async def _bounded(self, wish: Read) -> dict[int, tuple[int, int]]:
        """The stretches, each with its end: where the topic ends now, if none was named."""
        open_ended = [n for n, (_, end) in wish.stretches.items() if end is None]
        ends: dict[int, int] = {}
        if open_ended:
            async with replay(self.room) as reader:
                ends = await reader.ends(wish.topic, open_ended)
        return {
            number: (start, ends[number] if end is None else end)
            for number, (start, end) in wish.stretches.items()
        }


async def _newest(room: Log, name: str) -> bytes:
    found: tuple[int, bytes] | None = None
    async with replay(room) as reader:
        async for record in _last_boards(reader):
            if record.key == name.encode() and record.value:
                seq = decode(record.value, dict[str, Any])["seq"]
                found = (seq, record.value) if found is None or seq > found[0] else found
    if found is None:
        known = ", or ".join(kind.name(name) for kind in KINDS.values())
        names = "" if ":" in name else f" ({known})"
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


def _report(log: _Log, held: Any, published: Fields, again: Fields | None, *, same: bool) -> Report:
    """Compare what a board says, opened, field by field; `same` says whether the bytes are."""
    found = ["the facts before its positions make no board"] if again is None else []
    if again is not None and not same:
        found = list(_differences("", published, again)) or ["the bytes differ, not what they say"]
    named = getattr(held, "formula", None)
    formula = f"{named.id} version {named.version}" if named else "no formula"
    return Report(held.board, held.seq, held.status, formula, log.read, found)


def _fields(board: Struct | None, opened: Struct | None = None) -> Fields | None:
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
