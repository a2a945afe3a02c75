"""Boards from the log to the hub, byte for byte; what cannot be read is named in `dead-letters`."""

import asyncio
from collections import deque
from collections.abc import Callable

from msgspec import Struct

from agents.reducers.boards import kind_of
from schemas.dead_letters import DeadLetter
from schemas.topics import Topic
from schemas.wire import Unreadable, convert, encode, parse
from streams.log.follower import Follower
from streams.log.interface import Log, Record
from streams.log.producer import LogProducer, LogUnavailable
from streams.log.topics import await_topics
from streams.push.channels import board_channel, is_channel
from streams.push.fanout import Fanout
from streams.push.hub import Hub
from streams.push.metrics import Metrics
from streams.push.viewer import Viewer
from streams.running import steady_s

LAST_BOARDS = 64  # more boards than one evening has, each said again every 5 s
MOST_LETTERS = 256  # that wait while the log takes none; the oldest are lost then
RETRY_S = 1.0


class Head(Struct, frozen=True):
    """What push must know of a board; the rest is for pages."""

    board: str
    seq: int
    status: str = ""


class Feed:
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
        self._now_ms = now_ms
        self._letters: deque[DeadLetter] = deque(maxlen=MOST_LETTERS)
        self._written = asyncio.Event()
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

    async def write_letters(self) -> None:
        """Write dead letters until cancelled, on a way to the log that the first one opens."""
        await self._written.wait()
        producer = LogProducer(self._log)
        await producer.start()
        try:
            while True:
                await self._written.wait()
                self._written.clear()
                await self._write_all(producer)
        finally:
            await producer.stop()

    async def _write_all(self, producer: LogProducer) -> None:
        while self._letters:
            letter = self._letters.popleft()
            try:
                await producer.send(Topic.DEAD_LETTERS, encode(letter), key=letter.key)
            except LogUnavailable:
                self._letters.appendleft(letter)
                await asyncio.sleep(RETRY_S)

    def handle(self, record: Record) -> None:
        """Take one message of `boards`."""
        try:
            outcome = self._take(record.value)
        except Unreadable as unreadable:
            outcome = "unreadable"
            self._lay_aside(record, unreadable.reason)
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

    def _lay_aside(self, record: Record, reason: str) -> None:
        at = self._now_ms()
        letter = DeadLetter(record.topic, record.partition, record.offset, reason, "push", at)
        self._letters.append(letter)
        self._written.set()
