"""Follows a topic of one partition: from its start (or its last messages) on, for good."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from schemas.topics import Topic
from streams.log.interface import AWAY, Consumer, Log, Record

# What is new is brought at once; only a fetch that finds nothing takes so long.
WAIT_MS = 500
# Roles call the log silent after 2 s: three probes must fit into that.
PROBE_S = 0.5
PROBE_TIMEOUT_S = 1.5
# Two questions to a broker that answers within milliseconds, or else is connected to anew.
SEEK_TIMEOUT_S = 5.0
# Half of the 2 s after which a role calls the log silent
RETRY_S = 1.0
# Four probes: by then a consumer that works has brought what the first one saw.
STARVED_S = 2.0
# A fold of so many takes some 50 ms; whoever else waits for the loop waits no longer.
MOST_AT_ONCE = 5_000

log = logging.getLogger(__name__)


class Follower:
    """Hands every message of a one-partition topic to `handle`, in order, exactly once a life.

    `last` starts that many messages before the end instead of at the start, for soft state.
    `caught_up` turns true when the end that was seen at the start has been handled.
    """

    def __init__(
        self,
        log: Log,
        topic: Topic,
        handle: Callable[[Record], None],
        *,
        last: int | None = None,
    ) -> None:
        self._log = log
        self._topic = topic
        self._place = (topic, 0)
        self._handle = handle
        self._last = last
        self._next: int | None = None
        self._end = 0
        self._moved_s = 0.0
        self._moved = asyncio.Condition()
        self._heard_s: float | None = None
        self.caught_up = False

    def silence_s(self) -> float:
        """Seconds since the log was heard of last; infinite before the first time."""
        return float("inf") if self._heard_s is None else _now_s() - self._heard_s

    def problem(self, silent_s: float = 2.0) -> str | None:
        """What is wrong, in words for an operator, or None."""
        if self._heard_s is None:
            return f"{self._topic}: the log at {self._log.where} does not answer"
        if self.silence_s() > silent_s:
            return f"{self._topic}: nothing heard from the log for {self.silence_s():.1f} s"
        return None if self.caught_up else f"{self._topic}: still catching up"

    async def reach(self, end: int) -> None:
        """Wait until everything before an offset is handled."""
        async with self._moved:
            await self._moved.wait_for(lambda: (self._next or 0) >= end)

    async def run(self) -> None:
        """Follow until cancelled; a broker that is away is tried again."""
        while True:
            try:
                await self._follow()
            except AWAY as error:
                log.warning("%s: %s; trying again", self._topic, error or repr(error))
                await asyncio.sleep(RETRY_S)

    async def _follow(self) -> None:
        consumer = self._log.consumer(wait_ms=WAIT_MS)
        probe: asyncio.Task[None] | None = None
        try:
            await consumer.start()
            consumer.assign([self._place])
            end = await self._seek(consumer)
            self._heard_s = self._moved_s = _now_s()
            probe = asyncio.create_task(self._probe(consumer))
            while True:
                self.caught_up = self.caught_up or (self._next or 0) >= end
                fetched = await consumer.getmany(timeout_ms=WAIT_MS, max_records=MOST_AT_ONCE)
                await self._take(fetched.get(self._place, []))
        finally:
            if probe is not None:
                probe.cancel()
                with suppress(asyncio.CancelledError):
                    await probe
            await consumer.stop()

    async def _seek(self, consumer: Consumer) -> int:
        async with asyncio.timeout(SEEK_TIMEOUT_S):
            end = (await consumer.end_offsets([self._place]))[self._place]
            start = (await consumer.beginning_offsets([self._place]))[self._place]
        first = start if self._last is None else max(start, end - self._last)
        # what it has not read may be kept no more
        self._next = first if self._next is None else max(start, self._next)
        consumer.seek(self._place, self._next)
        self._end = end
        return end

    async def _take(self, records: list[Record]) -> None:
        for record in records:
            self._handle(record)
            self._next = record.offset + 1
        self._check_moves(bool(records))
        if records:
            async with self._moved:
                self._moved.notify_all()

    def _check_moves(self, has_read: bool) -> None:
        """Connect anew when the log goes on and a consumer brings nothing of it."""
        waiting, now = self._end - (self._next or 0), _now_s()
        if has_read or waiting <= 0:
            self._moved_s = now
        elif now - self._moved_s > STARVED_S:
            raise TimeoutError(f"{waiting:,} messages wait, and none comes")

    async def _probe(self, consumer: Consumer) -> None:
        while True:
            with suppress(*AWAY):
                async with asyncio.timeout(PROBE_TIMEOUT_S):  # wait_for of 3.11 may eat a cancel
                    ends = await consumer.end_offsets([self._place])
                self._end, self._heard_s = ends[self._place], _now_s()
            await asyncio.sleep(PROBE_S)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
