"""An archive on a ClickHouse in memory, which may be away, slow, and half done."""

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import Any, cast

from schemas.catalogue import FACT_TOPICS
from schemas.dead_letters import DeadLetter
from schemas.topics import Topic
from streams.archive.archivist import Archivist
from streams.archive.batches import Written
from streams.archive.config import Limits
from streams.archive.letters import Letters
from streams.archive.metrics import Metrics
from streams.archive.positions import Position
from streams.archive.reader import Reader
from streams.archive.store import Store
from streams.log.interface import Place
from streams.log.producer import LogProducer
from streams.log.topics import await_topics
from tests.sim.process import Process
from tests.sim.world import World, now_ms

LIMITS = Limits()


@dataclass(slots=True)
class ClickHouse:
    """What a ClickHouse holds: `log` by position with the time of its insert, boards, letters.

    `unfolded` are the rows that its views made; a kill in the middle of an insert may leave them
    behind what `log` holds.
    """

    chance: Random
    log: dict[tuple[Topic, int, int], tuple[bytes | None, int]] = field(default_factory=dict)
    unfolded: dict[tuple[Topic, int, int], bytes | None] = field(default_factory=dict)
    boards: dict[tuple[str, int], bytes] = field(default_factory=dict)
    letters: list[DeadLetter] = field(default_factory=list)
    is_away: bool = False
    is_flaky: bool = False


class SimStore:
    """The archive's own way to a ClickHouse (`streams.archive.store.Store`)."""

    def __init__(self, clickhouse: ClickHouse) -> None:
        self._clickhouse = clickhouse

    def close(self) -> None:
        """Nothing is kept open."""

    def prepare(self) -> list[str]:
        """The schema is there."""
        self._reach()
        return []

    def positions(self) -> dict[Place, Position]:
        """What it holds of each partition: from its last insert on once more, and the next."""
        self._reach()
        newest: dict[Place, tuple[int, int]] = {}
        for (topic, number, offset), (_, at) in self._clickhouse.log.items():
            newest[topic, number] = max(newest.get((topic, number), (-1, 0)), (offset, at))
        again: dict[Place, int] = {}
        for (topic, number, offset), (_, at) in self._clickhouse.log.items():
            if at == newest[topic, number][1]:
                again[topic, number] = min(again.get((topic, number), offset), offset)
        return {place: Position(again[place], last + 1) for place, (last, _) in newest.items()}

    def known_boards(self, since_s: int) -> set[tuple[str, int]]:
        """The boards that it holds."""
        self._reach()
        return set(self._clickhouse.boards)

    def has_letter(self, letter: DeadLetter) -> bool:
        """Whether it holds a letter about the same message."""
        self._reach()
        return any(held.key == letter.key for held in self._clickhouse.letters)

    def insert(self, written: Written, at_ms: int) -> None:
        """Write a batch; it may be done although the answer is an error, or be half done."""
        self._reach()
        clickhouse, at = self._clickhouse, at_ms * 1_000 + len(self._clickhouse.log) % 1_000
        for message in written.facts:
            place = message.topic, message.partition, message.offset
            clickhouse.log[place] = message.value, at
        if clickhouse.is_flaky and clickhouse.chance.random() < 0.1:
            raise OSError("killed before the views unfolded it")
        for message in written.facts:
            clickhouse.unfolded[message.topic, message.partition, message.offset] = message.value
        for board in written.boards:
            clickhouse.boards[board.board, board.seq] = board.value
        clickhouse.letters += written.heard
        if clickhouse.is_flaky and clickhouse.chance.random() < 0.1:
            raise OSError("done, and the answer is lost")

    def _reach(self) -> None:
        if self._clickhouse.is_away:
            raise ConnectionRefusedError("ClickHouse is away")


class Archive:
    """One life of an archive."""

    def __init__(self, world: World, process: Process, clickhouse: ClickHouse) -> None:
        self._log = world.way(process)
        stores = [cast(Store, SimStore(clickhouse)) for _ in range(2)]
        self._producer = LogProducer(self._log)
        self._letters = Letters(self._producer, stores[1])
        self._archivist = Archivist(
            Reader(self._log, LIMITS), stores[0], self._letters, Metrics(), LIMITS
        )

    async def run(self) -> None:
        """Archive for good."""
        await self._producer.start()
        self._letters.start()
        await await_topics(self._log)
        await self._archivist.run(asyncio.Event())


def holes(clickhouse: ClickHouse, everything: dict[Place, list[Any]]) -> list[str]:
    """What a ClickHouse does not hold, or holds otherwise than the log."""
    found: list[str] = []
    for (topic, number), records in everything.items():
        if topic not in FACT_TOPICS:
            continue
        for record in records:
            place = topic, number, record.offset
            if place not in clickhouse.unfolded:
                found.append(f"{topic} {number}:{record.offset} is not in ClickHouse")
            elif clickhouse.unfolded[place] != record.value:
                found.append(f"{topic} {number}:{record.offset} is another in ClickHouse")
    held = sum(len(records) for (topic, _), records in everything.items() if topic in FACT_TOPICS)
    if len(clickhouse.log) > held:
        found.append(f"ClickHouse holds {len(clickhouse.log)} facts, the log {held}")
    return found


__all__ = ["Archive", "ClickHouse", "holes", "now_ms"]
