"""The latest boards, as the log says them."""

from msgspec import Struct

from dashboards.api.web.errors import unavailable
from dashboards.api.web.metrics import Metrics
from schemas.topics import Topic
from schemas.wire import Unreadable, decode
from streams.log.follower import Follower
from streams.log.interface import Log, Record

# Every board is said again within 5 s, and at most five times a second: it is there once at least
# while up to twenty boards are as busy as that
LAST_MESSAGES = 500


class Head(Struct, frozen=True):
    """What tells one board from another."""

    board: str
    seq: int


class LatestBoards:
    """Keeps of each board the one with the greatest number, byte for byte as in the log."""

    def __init__(self, log: Log, metrics: Metrics) -> None:
        self._latest: dict[str, tuple[int, bytes]] = {}
        self._metrics = metrics
        self._follower = Follower(log, Topic.BOARDS, self._keep, last=LAST_MESSAGES)

    async def run(self) -> None:
        """Follow the log until cancelled."""
        await self._follower.run()

    def problem(self) -> str | None:
        """What is wrong, in words for an operator, or None."""
        return self._follower.problem()

    def get(self, board: str) -> tuple[int, bytes] | None:
        """A board's number and its bytes, or None when the log has not said it yet.

        Raises:
            RequestRefused: 503: this console has not read the log to its end yet.
        """
        found = self._latest.get(board)
        if found is None and not self._follower.caught_up:
            raise unavailable(self.problem() or "this console is still catching up with the log")
        return found

    def _keep(self, record: Record) -> None:
        try:
            head = decode(record.value, Head)
        except Unreadable:
            self._metrics.unreadable.labels(str(Topic.BOARDS)).inc()
            return
        held = self._latest.get(head.board)
        if held is None or head.seq > held[0]:
            self._latest[head.board] = (head.seq, record.value or b"")
