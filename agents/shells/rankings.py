"""The rankings agent: holds the newest parts of each round, and says their boards."""

from agents.reducers.board import Parts, board, step
from agents.reducers.pace import Pace
from agents.shells.dead_letters import DeadLetters
from agents.shells.metrics import Metrics
from agents.shells.replay import Replay
from agents.shells.speaker import Send, Speaker, Word
from schemas.tallies import RoundTally, Tally
from schemas.topics import Topic
from schemas.wire import Unreadable, decode, encode

SAY_EVERY_MS = 200
SAY_AGAIN_MS = 5_000
REREAD = 20_000


class Rankings:
    """A folder of `tallies`, for the one worker that has it."""

    topic = Topic.TALLIES

    def __init__(self, send: Send, dead_letters: DeadLetters, metrics: Metrics) -> None:
        self._dead_letters = dead_letters
        self._parts = Parts()
        self._is_current = False
        pace: Pace[str] = Pace(SAY_EVERY_MS, SAY_AGAIN_MS)
        self.speaker = Speaker(pace, self._word, send, metrics.boards)

    async def starts(self, reader: Replay, partitions: set[int]) -> dict[int, int]:
        """Reread what was said of late: everything that holds is said again every few seconds."""
        ends = await reader.ends(self.topic, partitions)
        return {number: max(0, end - REREAD) for number, end in ends.items()}

    def begin(self, partition: int, start: int) -> None:
        """Begin with nothing."""
        self.drop(partition)

    def fold(self, partition: int, offset: int, value: bytes | None) -> None:
        """Take one tally."""
        try:
            tally: Tally = decode(value, Tally)
        except Unreadable as unreadable:
            self._dead_letters.owe(self.topic, partition, offset, unreadable.reason)
            return
        changed = step(self._parts, tally)
        if changed is not None and self._is_current:
            self.speaker.owe(changed, urgent=isinstance(tally, RoundTally))

    def passed(self, partition: int, end: int, seconds: float) -> None:
        """Every round's board may be said from here on."""
        self._is_current = True
        for round_id in self._parts.rounds:
            self.speaker.owe(round_id, urgent=True)

    def drop(self, partition: int) -> None:
        """Another worker has it now."""
        self._parts, self._is_current = Parts(), False

    def _word(self, round_id: str) -> Word | None:
        made = board(self._parts, round_id) if self._is_current else None
        return Word(Topic.BOARDS, made.board.encode(), encode(made)) if made else None
