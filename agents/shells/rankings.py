"""The rankings agent: holds the newest of what `tallies` says, and says the boards made of it."""

from collections.abc import Sequence

from agents.reducers import boards
from agents.reducers.worker.pace import READ_EVERY_MS, SAY_AGAIN_MS, Pace
from agents.shells.agent import Means, Task
from agents.shells.speaker import Speaker, Word
from schemas.catalogue import read
from schemas.topics import Topic
from schemas.wire import Unreadable, encode
from streams.log.replay import Replay

# A round has at most 200 tallies a second (8 partitions, SAY_EVERY_MS of the votes agent): of five
# that are busy at once this is the last 20 s, and SAY_AGAIN_MS is enough
REREAD = 20_000


class Rankings:
    """A folder of `tallies`, for the one worker that has it."""

    topic = Topic.TALLIES

    def __init__(self, means: Means) -> None:
        self._dead_letters = means.letters
        self._key_of = means.key_of
        self._held = boards.nothing()
        self._is_current = False
        pace: Pace[str] = Pace(READ_EVERY_MS, SAY_AGAIN_MS)
        self._speaker = Speaker(pace, self._word, means.send, means.metrics.boards)

    @property
    def tasks(self) -> Sequence[Task]:
        """Saying the boards."""
        return [self._speaker.run]

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
            tally = read(self.topic, value)
            changed = boards.take(self._held, tally, self._key_of)
        except Unreadable as unreadable:
            self._dead_letters.owe(self.topic, partition, offset, unreadable.reason)
            return
        if self._is_current:
            for board in changed:
                self._speaker.owe(board, urgent=boards.is_urgent(tally))

    def passed(self, partition: int, end: int, seconds: float) -> None:
        """Every board may be said from here on."""
        self._is_current = True
        for board in boards.names(self._held):
            self._speaker.owe(board, urgent=True)

    def drop(self, partition: int) -> None:
        """Another worker has it now."""
        self._held, self._is_current = boards.nothing(), False

    def _word(self, board: str) -> Word | None:
        made = boards.make(self._held, board, self._key_of) if self._is_current else None
        return Word(Topic.BOARDS, board.encode(), encode(made)) if made else None
