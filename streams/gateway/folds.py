"""What the gateway folds of the log: `broadcasts`, by which it judges, and the latest boards."""

import msgspec

from agents.reducers.rounds import Broadcasts, step
from schemas.catalogue import read
from schemas.topics import Topic
from schemas.wire import Unreadable, decode
from streams.log.interface import Record
from streams.log.letters import Letters

# A board a round and a group, some dozens in a year; bounded because the ids come from the log
MOST_BOARDS = 1_000


class BoardHead(msgspec.Struct):
    """What tells boards apart."""

    board: str
    seq: int


class Folds:
    """The fold of `broadcasts`, and of each board the one with the greatest number."""

    def __init__(self, letters: Letters) -> None:
        self.broadcasts = Broadcasts()
        self.boards: dict[str, bytes] = {}
        self._seqs: dict[str, int] = {}
        self._letters = letters

    def broadcast(self, record: Record) -> None:
        """Fold a message of `broadcasts`."""
        try:
            fact = read(Topic.BROADCASTS, record.value)
        except Unreadable as unreadable:
            fact = None
            self._unreadable(record, unreadable)
        step(self.broadcasts, record.offset, fact)

    def board(self, record: Record) -> None:
        """Keep a board, unless it is behind the one that is held."""
        try:
            head = decode(record.value, BoardHead)
        except Unreadable as unreadable:
            self._unreadable(record, unreadable)
            return
        held = self._seqs.get(head.board)
        if record.value is None or (held is None and len(self._seqs) >= MOST_BOARDS):
            return
        if held is None or head.seq > held:
            self._seqs[head.board], self.boards[head.board] = head.seq, record.value

    def _unreadable(self, record: Record, why: Unreadable) -> None:
        self._letters.owe(record.topic, record.partition, record.offset, why.reason)
