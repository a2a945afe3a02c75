"""Boards from the log to the hub, byte for byte; what cannot be read is named in `dead-letters`."""

import asyncio
from collections.abc import Callable

from msgspec import Struct

from agents.reducers.boards import kind_of
from schemas.topics import Topic
from schemas.wire import Unreadable, convert, parse
from streams.log.follower import Follower
from streams.log.interface import Log, Record
from streams.log.letters import Letters
from streams.log.topics import await_topics
from streams.push.channels import board_channel, is_channel
from streams.push.fanout import Fanout
from streams.push.hub import Hub
from streams.push.metrics import Metrics
from streams.push.viewer import Viewer
from streams.running import steady_s

LAST_BOARDS = 64  # more boards than one evening has, each said again every 5 s


class Head(Struct, frozen=True):
    """What push must know of a board; the rest is for pages."""

    board: str
    seq: int
    status: str = ""


class BoardsFeed:
    """Follows `boards`; every board is said again within 5 s, so its last messages suffice."""

    def __init__(
        self,
        log: Log,
        hub: Hub[Viewer],
        fanout: Fanout,
        metrics: Metrics,
        now_ms: Callable[[], int],
    ) -> None:
        self._log = log
        self._hub = hub
        self._fanout = fanout
        self._metrics = metrics
        # the outcome is counted with those of all boards
        self.letters = Letters(log, "push", now_ms, lambda _: None)
        self._moving: set[str] = set()
        self.topics_made = asyncio.Event()
        self._heard_at = 0.0
        self.follower = Follower(log, Topic.BOARDS, self.handle, last=LAST_BOARDS)

    async def run(self) -> None:
        """Follow until cancelled; a broker that is away is tried again."""
        await await_topics(self._log)
        self.topics_made.set()
        await self.follower.run()

    def silence_s(self) -> float:
        """Seconds since any board was said; 0 while none is known that may still change."""
        return steady_s() - self._heard_at if self._moving else 0.0

    def handle(self, record: Record) -> None:
        """Take one message of `boards`."""
        try:
            outcome = self._take(record.value)
        except Unreadable as unreadable:
            outcome = "unreadable"
            place = record.topic, record.partition, record.offset
            self.letters.owe(*place, unreadable.reason)
        self._metrics.boards.labels(outcome).inc()

    def _take(self, value: bytes | None) -> str:
        head = convert(parse(value), Head)
        name = board_channel(head.board)
        if value is None or not is_channel(name):
            raise Unreadable("board: its id is not one of a board")
        self._heard_at = steady_s()
        channel = self._hub.publish(name, head.seq, value)
        if channel is None:
            return "known"
        self._note(head)
        self._fanout.announce(channel)
        return "news"

    def _note(self, head: Head) -> None:
        kind = kind_of(head.board)
        if kind is not None and head.status in kind.moving:
            self._moving.add(head.board)
        else:
            self._moving.discard(head.board)
