"""What must hold of the log itself while it is written."""

from collections.abc import Callable
from typing import Any

import orjson

from schemas.topics import VOTE_PARTITIONS, Topic
from streams.log.interface import Place, Record
from streams.log.memory import MemoryBroker
from tests.sim.process import CURRENT, Process
from tests.sim.trace import Trace

BRIEF = 100
PARTITIONS = range(VOTE_PARTITIONS)


class Broken(AssertionError):
    """An oracle says no."""


class WatchedBroker(MemoryBroker):
    """A broker whose every message is looked at; `everything` outlives any retention.

    Of one board and number there is one text, it stands on all partitions, and it is final once.
    """

    def __init__(self, trace: Trace, fail: Callable[[str], None]) -> None:
        super().__init__()
        self._trace = trace
        self._fail = fail
        self._boards: dict[tuple[str, int], bytes] = {}
        self._positions: dict[tuple[Process | None, str], dict[tuple[str, str], int]] = {}
        self._finals: dict[tuple[object, ...], int] = {}
        self.everything: dict[Place, list[Record]] = {}
        self.looks: list[Callable[[bytes], str | None]] = []

    def append(self, place: Place, key: bytes | None, value: bytes, at: int) -> int:
        """Write a message, and look at it."""
        offset = super().append(place, key, value, at)
        record = Record(*place, offset, at, key, value)
        self.everything.setdefault(place, []).append(record)
        if self._trace.told or place[0] is not Topic.TALLIES:
            self._trace.note(f"in the log: {place[0]} {place[1]}:{offset} {value[:BRIEF]!r}")
        if place[0] is Topic.BOARDS:
            self._look_at_board(value)
        for look in self.looks:
            if found := look(value):
                self._fail(f"{place[0]} {place[1]}:{offset}: {found}")
        return offset

    def _look_at_board(self, value: bytes) -> None:
        try:
            board = orjson.loads(value)
            name, seq, positions = board["board"], board["seq"], board["positions"]
        except (orjson.JSONDecodeError, TypeError, KeyError):
            return
        if len(positions.get("votes", PARTITIONS)) != len(PARTITIONS):
            self._fail(f"{name} {seq} stands on {len(positions['votes'])} partitions only")
        self._look_forward(name, positions)
        if board["status"] == "final":
            place = (
                name,
                positions["broadcasts"]["0"],
                board.get("version", 0),
                board.get("revealed"),
            )
            final = self._finals.setdefault(place, seq)
            if final != seq and "scores" not in positions:
                self._fail(f"{name} is final twice: {final} and {seq}")
        held = self._boards.setdefault((name, seq), value)
        if held != value:
            self._fail(f"{name} has two boards of the number {seq}:\n{held!r}\n{value!r}")

    def _look_forward(self, name: str, positions: dict[str, dict[str, int]]) -> None:
        """Of one worker's life the boards stand on what they stood on before, or on more."""
        life = CURRENT.get(None)
        if life is None:  # what the broker wrote late is of a life that is not known any more
            return
        held = self._positions.get((life, name), {})
        for topic, partitions in positions.items():
            for number, offset in partitions.items():
                if offset < held.get((topic, number), 0):
                    self._fail(f"{name} went back on {topic} {number}, to {offset}")
        flat = {(topic, n): at for topic, held_at in positions.items() for n, at in held_at.items()}
        self._positions[life, name] = flat

    def newest_board(self, name: str) -> dict[str, object] | None:
        """The board of the greatest number."""
        seqs = [seq for board, seq in self._boards if board == name]
        return orjson.loads(self._boards[name, max(seqs)]) if seqs else None

    def boards(self, name: str) -> list[dict[str, Any]]:
        """Every board of a name, by its number."""
        seqs = sorted(seq for board, seq in self._boards if board == name)
        return [orjson.loads(self._boards[name, seq]) for seq in seqs]
