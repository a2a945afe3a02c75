"""A reader of a log in memory."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress

from aiokafka.errors import OffsetOutOfRangeError
from aiokafka.structs import TopicPartition

from streams.log.interface import Place, Record, Reset
from streams.log.memory.broker import Partition
from streams.log.memory.way import Way

# aiokafka's `max_poll_records`, for who names no number.
MOST_AT_ONCE = 500


class MemoryConsumer:
    """Reads partitions that it names itself."""

    def __init__(self, way: Way, reset: Reset) -> None:
        self._way = way
        self._partitions = way.broker.partitions
        self._reset: Reset = reset
        self._positions: dict[Place, int | None] = {}
        self._woken = asyncio.Event()

    async def start(self) -> None:
        """Connect."""
        await self._way.connect()
        self._way.mended[self._woken.set] = None

    async def stop(self) -> None:
        """Read nothing more."""
        self.assign([])
        self._way.mended.pop(self._woken.set, None)

    def assign(self, places: Iterable[Place]) -> None:
        """Read these places, and no others."""
        for place in self._positions:
            if place in self._partitions:
                self._partitions[place].readers.pop(self._woken, None)
        self._positions = dict.fromkeys(places)

    def seek(self, place: Place, offset: int) -> None:
        """Read a place from an offset on."""
        if place not in self._positions:
            raise ValueError(f"{place} is not assigned")
        self._positions[place] = offset

    async def getmany(
        self, *places: Place, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[Place, list[Record]]:
        """What comes next at these places, or at all."""
        until = asyncio.get_running_loop().time() + timeout_ms / 1_000
        await asyncio.sleep(0)  # whoever else is ready has a turn, as with a socket between
        while True:
            self._woken.clear()
            found = self._take(places or tuple(self._positions), max_records or MOST_AT_ONCE)
            if found or asyncio.get_running_loop().time() >= until:
                return found
            with suppress(TimeoutError):
                async with asyncio.timeout_at(until):
                    await self._woken.wait()

    async def end_offsets(self, places: Iterable[Place]) -> dict[Place, int]:
        """The next offset of each place, as it was when the broker was asked."""
        wanted = list(places)
        await self._known(wanted)
        ends = {place: self._partitions[place].end for place in wanted}
        await asyncio.sleep(self._way.faults.answer_after_s())
        return ends

    async def beginning_offsets(self, places: Iterable[Place]) -> dict[Place, int]:
        """The oldest offset that each place holds."""
        wanted = list(places)
        await self._known(wanted)
        return {place: self._partitions[place].start for place in wanted}

    async def _known(self, places: list[Place]) -> None:
        await asyncio.sleep(0)
        way, held = self._way, self._partitions
        await way.until(lambda: not way.is_cut and all(place in held for place in places))

    def _take(self, places: Iterable[Place], most: int) -> dict[Place, list[Record]]:
        found: dict[Place, list[Record]] = {}
        if self._way.is_cut:
            return found
        for place in places:
            partition = self._partitions.get(place)
            if partition is None or most <= 0:
                continue
            partition.readers[self._woken] = None
            offset = self._offset(place, partition)
            waiting = partition.end - offset
            number = min(most, self._way.faults.fetch(place, waiting)) if waiting else 0
            if number:
                found[place] = partition.read(offset, number)
                self._positions[place] = found[place][-1].offset + 1
                most -= number
            elif waiting:
                asyncio.get_running_loop().call_later(self._way.faults.held_back_s, self._woken.set)
        return found

    def _offset(self, place: Place, partition: Partition) -> int:
        offset = self._positions[place]
        if offset is not None and partition.start <= offset <= partition.end:
            return offset
        if self._reset == "none":
            raise OffsetOutOfRangeError({TopicPartition(str(place[0]), place[1]): offset})
        self._positions[place] = partition.start
        return partition.start
