"""The rankings agent: holds the newest parts of each round and group, and says their boards."""

from agents.reducers import group_board
from agents.reducers.board import Parts, board, step
from agents.reducers.group_board import GroupPart
from agents.reducers.marks import GroupName
from agents.reducers.worker.pace import Pace
from agents.shells.dead_letters import DeadLetters
from agents.shells.groups import about_tally
from agents.shells.metrics import Metrics
from agents.shells.speaker import Send, Speaker, Word
from schemas.boards import Board, GroupBoard
from schemas.catalogue import read
from schemas.seals import GroupKey, NotOpened, unseal
from schemas.tallies import GroupTally, RoundTally, SlotCounts, Tally
from schemas.topics import Topic
from schemas.wire import Unreadable, decode, encode
from streams.log.replay import Replay

SAY_EVERY_MS = 200
SAY_AGAIN_MS = 5_000
REREAD = 20_000

Ranked = str | GroupName
"""What has a board: a round by its id, or a group."""


class Rankings:
    """A folder of `tallies`, for the one worker that has it."""

    topic = Topic.TALLIES

    def __init__(
        self,
        send: Send,
        dead_letters: DeadLetters,
        metrics: Metrics,
        key_of: GroupKey,
    ) -> None:
        self._dead_letters = dead_letters
        self._key_of = key_of
        self._parts = Parts()
        self._groups: dict[str, GroupPart] = {}
        self._is_current = False
        pace: Pace[Ranked] = Pace(SAY_EVERY_MS, SAY_AGAIN_MS)
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
            tally: Tally = read(self.topic, value)
            changed = self._take(tally)
        except Unreadable as unreadable:
            self._dead_letters.owe(self.topic, partition, offset, unreadable.reason)
            return
        if self._is_current:
            for key in changed:
                self.speaker.owe(key, urgent=isinstance(tally, RoundTally))

    def passed(self, partition: int, end: int, seconds: float) -> None:
        """Every board may be said from here on."""
        self._is_current = True
        for key in (*self._parts.rounds, *(_name(part.tally) for part in self._groups.values())):
            self.speaker.owe(key, urgent=True)

    def drop(self, partition: int) -> None:
        """Another worker has it now."""
        self._parts, self._groups, self._is_current = Parts(), {}, False

    def _take(self, tally: Tally) -> list[Ranked]:
        """Take a tally, if it is news; the rounds and groups whose boards it may have changed."""
        if not isinstance(tally, GroupTally):
            changed = step(self._parts, tally)
            return [] if changed is None else [changed, *self._groups_with(changed)]
        if not group_board.is_newer(tally, self._groups.get(tally.group)):
            return []
        self._groups[tally.group] = GroupPart(tally, self._open(tally))
        return [_name(tally)]

    def _groups_with(self, round_id: str) -> list[GroupName]:
        parts = self._groups.values()
        return [_name(p.tally) for p in parts if group_board.round_of(p.tally.formula) == round_id]

    def _open(self, tally: GroupTally) -> dict[str, SlotCounts]:
        name = _name(tally)
        try:
            text = unseal(self._key_of(*name), tally.counts, about_tally(name, tally.positions))
        except NotOpened:
            raise Unreadable("seal: it does not open with its group's key") from None
        return decode(text, dict[str, SlotCounts])

    def _word(self, key: Ranked) -> Word | None:
        if not self._is_current:
            return None
        made = board(self._parts, key) if isinstance(key, str) else self._group_board(key)
        return Word(Topic.BOARDS, made.board.encode(), encode(made)) if made else None

    def _group_board(self, name: GroupName) -> Board | GroupBoard | None:
        part = self._groups.get(name.group)
        if part is None or _name(part.tally) != name:
            return None
        round_id = group_board.round_of(part.tally.formula)
        made = group_board.make(part, self._parts.rounds.get(round_id or ""))
        if made is None:
            return None
        if made.is_public:
            return group_board.board(made, None)
        return group_board.board(made, group_board.seal_rows(made, self._key_of(*name)))


def _name(tally: GroupTally) -> GroupName:
    return GroupName(tally.broadcast, tally.group)
