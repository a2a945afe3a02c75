"""Reads the log for the archive: every fact from where ClickHouse ends, boards and dead letters."""

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from typing import Any

from streams.archive.config import Limits
from streams.archive.positions import PLACES, Position, go_on
from streams.log.interface import AWAY, Consumer, Log, Place, Record
from streams.running import steady_s

# A broker that takes longer is asked anew, perhaps another one
ANSWER_WITHIN_S = 5.0
# Half of `linger_ms`: a fetch that waits longer would hold back what a batch gathers
FETCH_WAIT_MS = 100


class Stuck(RuntimeError):
    """The log goes on, and the consumer reads nothing of it."""


class Reader:
    """One consumer of all partitions; `ends` is what is known of the log's end, `heard_s` when."""

    def __init__(self, log: Log, limits: Limits) -> None:
        self._log = log
        self._limits = limits
        self._consumer: Consumer | None = None
        self._probe: asyncio.Task[None] | None = None
        self._moved_s = 0.0
        self.positions: dict[Place, int] = {}
        self.ends: dict[Place, int] = {}
        self.heard_s: float | None = None

    async def start(self, archived: Mapping[Place, Position]) -> None:
        """Begin where ClickHouse ends, or where this reader was before.

        Raises:
            AnotherLog: the log does not hold what comes next.
            KafkaError, OSError, TimeoutError: the log is away.
        """
        self._consumer = consumer = self._log.consumer(wait_ms=FETCH_WAIT_MS, reset="none")
        await consumer.start()
        starts = await _in_time(consumer.beginning_offsets(PLACES))
        self.ends = await _in_time(consumer.end_offsets(PLACES))
        consumer.assign(PLACES)
        for place in PLACES:
            log_has = range(starts[place], self.ends[place])
            read_to, back = self.positions.get(place), self._limits.boards_back
            offset = go_on(place, log_has, archived.get(place), read_to, back)
            consumer.seek(place, offset)
            self.positions[place] = offset
        self.heard_s = self._moved_s = steady_s()
        self._probe = asyncio.create_task(self._ask_ends())

    async def stop(self) -> None:
        """Let go of the log; `start` goes on where this ended."""
        if self._probe is not None:
            self._probe.cancel()
            with suppress(asyncio.CancelledError):
                await self._probe
        if self._consumer is not None:
            await self._consumer.stop()
        self._probe = self._consumer = None

    async def read(self, wait_ms: int, most: int) -> list[Record]:
        """What the log holds next, as soon as there is something, up to so many messages.

        Raises:
            Stuck: there is more, but none has come for a long time.
            KafkaError, OSError: the log is away.
        """
        assert self._consumer is not None  # noqa: S101 - started
        fetched = await self._consumer.getmany(timeout_ms=wait_ms, max_records=most)
        messages = [message for records in fetched.values() for message in records]
        for message in messages:
            self.positions[message.topic, message.partition] = message.offset + 1
        if messages or self.behind() == 0:
            self._moved_s = steady_s()
        elif steady_s() - self._moved_s > self._limits.stuck_s:
            raise Stuck(f"{self.behind():,} messages are waiting, and none comes")
        return messages

    def behind(self) -> int:
        """How many messages the log is known to hold that were not read."""
        return sum(max(0, end - self.positions.get(place, end)) for place, end in self.ends.items())

    async def know_ends(self) -> None:
        """Ask where the log ends now.

        Raises:
            KafkaError, OSError, TimeoutError: the log is away.
        """
        assert self._consumer is not None  # noqa: S101 - started
        ends = await _in_time(self._consumer.end_offsets(PLACES))
        for place in PLACES:  # what was read since it was asked counts too
            self.ends[place] = max(ends[place], self.positions[place])
        self.heard_s = steady_s()

    def problem(self) -> str | None:
        """What is wrong with the log, in words for an operator, or None."""
        silent_s = steady_s() - self.heard_s if self.heard_s else None
        if silent_s is not None and silent_s <= self._limits.log_silent_s:
            return None
        said = "does not answer" if silent_s is None else f"was last heard {silent_s:.0f} s ago"
        return f"the log at {self._log.where} {said}"

    async def _ask_ends(self) -> None:
        while True:
            await asyncio.sleep(self._limits.probe_s)
            with suppress(*AWAY):
                await self.know_ends()


async def _in_time(asked: Coroutine[Any, Any, dict[Place, int]]) -> dict[Place, int]:
    async with asyncio.timeout(ANSWER_WITHIN_S):
        return await asked
