"""Folds the assigned partitions of one topic: replayed from the log first, then followed live."""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from contextlib import aclosing
from typing import Protocol

from agents.reducers.worker.reading import Reading
from schemas.topics import Topic
from streams.log.interface import AWAY, Log, Record
from streams.log.replay import Replay, replay

SLICE_S = 0.005  # a press of the operator's is answered between two slices
RETRY_S = 0.5  # nobody is served meanwhile; a log that is away is not asked too often

log = logging.getLogger(__name__)


class Message(Protocol):
    """A message of the log, as far as a fold asks."""

    @property
    def offset(self) -> int:
        """Where it stands."""
        ...

    @property
    def value(self) -> bytes | None:
        """What it says."""
        ...


class Folder(Protocol):
    """What is folded out of a topic, partition by partition."""

    topic: Topic

    async def starts(self, reader: Replay, partitions: set[int]) -> dict[int, int]:
        """Where each partition is to be folded from."""
        ...

    def begin(self, partition: int, start: int) -> None:
        """Begin a partition anew."""
        ...

    def fold(self, partition: int, offset: int, value: bytes | None) -> None:
        """Fold one message; what cannot be read is passed over."""
        ...

    def passed(self, partition: int, end: int, seconds: float) -> None:
        """A replay came to the end of the log as it was."""
        ...

    def drop(self, partition: int) -> None:
        """The partition is another worker's now."""
        ...


class Feed(Protocol):
    """The live stream, as far as it can be steered."""

    def hold(self, topic: Topic, partition: int) -> None:
        """Bring nothing more of a partition for now."""
        ...

    async def go_on(self, topic: Topic, partition: int, offset: int) -> None:
        """Bring a partition's messages from an offset on."""
        ...


class Fold:
    """Keeps a folder's partitions exact, whatever the live stream skips or repeats.

    What was assigned is replayed up to the end by a plain reader, what is kept from where it stood.
    From there the live stream is followed: what was folded is skipped, a gap is replayed.
    A replay waits until the folds that go `first` have had theirs.
    """

    def __init__(self, log: Log, folder: Folder, feed: Feed, first: Iterable["Fold"] = ()) -> None:
        self._log = log
        self._folder = folder
        self._feed = feed
        self._first = tuple(first)
        self._ready = asyncio.Event()
        self._fresh: set[int] = set()
        self._work = asyncio.Event()
        self.readings: dict[int, Reading] = {}

    @property
    def topic(self) -> Topic:
        """The topic that is folded."""
        return self._folder.topic

    def assign(self, partitions: Iterable[int]) -> None:
        """Take these partitions and no others; all are brought to the end of the log."""
        wanted = set(partitions)
        for number in self.readings.keys() - wanted:
            del self.readings[number]
            self._fresh.discard(number)
            self._folder.drop(number)
        for number in wanted:
            if number not in self.readings:
                self.readings[number] = Reading()
                self._fresh.add(number)
            self.readings[number].replay()
        self._note()
        self._work.set()

    async def hear(self, partition: int, records: Sequence[Message]) -> None:
        """Take what one fetch of the live stream brought, in order: at most a few ms of work."""
        reading = self.readings.get(partition)
        if reading is None:
            return
        for record in records:
            self._hear(partition, reading, record)
        if reading.hold():
            self._feed.hold(self.topic, partition)
        await self._send_on(partition, reading, records[-1].offset)

    def _hear(self, partition: int, reading: Reading, record: Message) -> None:
        verdict = reading.hear(record.offset)
        if verdict == "fold":
            self._folder.fold(partition, record.offset, record.value)
        elif verdict == "wait" and not reading.replaying:
            log.warning(
                "%s %d: gap before offset %d; replaying", self.topic, partition, record.offset
            )
            reading.replay()
            self._note()
            self._work.set()

    async def _send_on(self, partition: int, reading: Reading, offset: int) -> None:
        onward = reading.onward(offset)
        if onward is not None:
            await self._feed.go_on(self.topic, partition, onward)

    def is_ready(self) -> bool:
        """Whether no partition is being replayed."""
        return not any(reading.replaying for reading in self.readings.values())

    async def ready(self) -> None:
        """Wait until no partition is being replayed."""
        await self._ready.wait()

    def _note(self) -> None:
        if self.is_ready():
            self._ready.set()
        else:
            self._ready.clear()

    async def run(self) -> None:
        """Replay what has to be, for good; a log that is away is tried again."""
        while True:
            await self._work.wait()
            for fold in self._first:
                await fold.ready()
            self._work.clear()
            try:
                await self._replay()
            except AWAY as error:
                log.warning("%s: %s; trying again", self.topic, error or repr(error))
                await asyncio.sleep(RETRY_S)
                self._work.set()

    async def _replay(self) -> None:
        behind = {number: held for number, held in self.readings.items() if held.replaying}
        if not behind:
            return
        started = asyncio.get_running_loop().time()
        async with replay(self._log) as reader:
            await self._begin(reader, behind)
            ends = await reader.ends(self.topic, behind)
            while behind and await self._read(reader, behind, ends):
                seconds = asyncio.get_running_loop().time() - started
                for number, held in behind.items():
                    await self._pass(number, held, ends[number], seconds)
                behind = {number: held for number, held in behind.items() if held.replaying}
                ends = {number: held.wanted_to for number, held in behind.items()}

    async def _read(self, reader: Replay, behind: dict[int, Reading], ends: dict[int, int]) -> bool:
        """Fold up to these ends; false when the partitions were dealt out anew meanwhile."""
        stretches = {number: (held.folded_to, ends[number]) for number, held in behind.items()}
        async with aclosing(reader.read(self.topic, stretches)) as slices:
            async for number, records in slices:
                await self._take(number, behind[number], records)
                if self._work.is_set():
                    return False
        return not self._work.is_set()

    async def _begin(self, reader: Replay, behind: dict[int, Reading]) -> None:
        fresh = self._fresh & behind.keys()
        if not fresh:
            return
        wanted = await self._folder.starts(reader, fresh)
        oldest = await reader.starts(self.topic, fresh)
        for number in fresh & self._fresh:
            if self.readings.get(number) is behind[number]:
                start = max(wanted[number], oldest[number])
                self._folder.begin(number, start)
                behind[number].folded_to = start
                self._fresh.discard(number)

    async def _take(self, number: int, held: Reading, records: list[Record]) -> None:
        clock = asyncio.get_running_loop().time
        pause_at = clock() + SLICE_S
        for record in records:
            if self.readings.get(number) is not held:
                return
            if record.offset >= held.folded_to:
                self._folder.fold(number, record.offset, record.value)
                held.folded_to = record.offset + 1
            if clock() > pause_at:
                await asyncio.sleep(0)
                pause_at = clock() + SLICE_S

    async def _pass(self, number: int, held: Reading, end: int, seconds: float) -> None:
        if self.readings.get(number) is not held:
            return
        held.reach(end)
        self._note()
        self._folder.passed(number, end, seconds)
        await self._send_on(number, held, held.folded_to)
