"""A round of voting written straight into the log, with known content, and what is said of it."""

import asyncio
import json
import random
import sys
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from schemas.addresses import KafkaAddress
from schemas.ballots import Ballot, encode_frame
from schemas.broadcasts import Broadcast, Round, Text, Unit
from schemas.facts import (
    BroadcastLoaded,
    BroadcastRetired,
    LogOpened,
    RoundClosed,
    RoundOpened,
)
from schemas.topics import VOTE_PARTITIONS, Topic
from schemas.wire import encode

UNITS = [Unit(f"u{number}", number, "department", Text(en=f"U{number}")) for number in range(1, 9)]
VOTERS = 3_000
MINIMUM = 20


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Evening:
    """One broadcast with one round, its writer, and the boards that were said of it."""

    def __init__(self, address: KafkaAddress, producer: AIOKafkaProducer, name: str) -> None:
        self.address = address
        self.round = f"{name}-round"
        self._producer = producer
        self._round = Round(self.round, Text(en=name), minimum_ballots=MINIMUM)
        self._broadcast = Broadcast(name, Text(en=name), units=UNITS, rounds=[self._round])
        self._chance = random.Random(name)
        self.boards: list[bytes] = []
        self.frames = 0

    async def say(self, fact: msgspec.Struct) -> int:
        """Write a fact; its offset."""
        key = self._broadcast.id.encode()
        sent = await self._producer.send_and_wait(
            self.address.topic(Topic.BROADCASTS), encode(fact), key=key
        )
        return sent.offset

    async def load(self, *units: Unit) -> None:
        broadcast = msgspec.structs.replace(self._broadcast, units=[*UNITS, *units])
        await self.say(BroadcastLoaded(at=now_ms(), broadcast=broadcast))

    async def open(self) -> None:
        """Load and open the round, as the console does."""
        await self.say(LogOpened(at=now_ms(), incarnation=1))
        await self.load()
        await self.reopen()

    async def reopen(self) -> None:
        ends = await ends_of(self.address, Topic.VOTES)
        votes_from = {str(number): end for number, end in ends.items()}
        await self.say(RoundOpened(at=now_ms(), round=self.round, votes_from=votes_from))

    async def close(self) -> None:
        await self.say(RoundClosed(at=now_ms(), round=self.round))

    async def retire(self) -> None:
        await self.say(BroadcastRetired(at=now_ms(), broadcast=self._broadcast.id))

    def ballot(self, *, unit: str | None = None) -> Ballot:
        """Someone's choice; voters change their minds, and some retries come late."""
        chance = self._chance
        created_at = now_ms() - (chance.randrange(5_000) if chance.random() < 0.2 else 0)
        chosen = unit or f"u{chance.randrange(1, 9)}"
        choice = min(4, int(chance.expovariate(1.0)))
        return Ballot(self.round, chosen, chance.randrange(VOTERS), choice, created_at, "web")

    async def cast(self, count: int, *, unit: str | None = None) -> None:
        """Write so many ballots, a frame for each partition, and wait for the acks."""
        frames: dict[int, list[Ballot]] = {}
        for _ in range(count):
            ballot = self.ballot(unit=unit)
            frames.setdefault(ballot.voter % VOTE_PARTITIONS, []).append(ballot)
        await asyncio.gather(*(self.write(part, frame) for part, frame in frames.items()))

    async def write(self, partition: int, ballots: list[Ballot]) -> None:
        self.frames += 1
        value = encode_frame(now_ms(), ballots)
        await self.write_raw(partition, value)

    async def write_raw(self, partition: int, value: bytes) -> int:
        votes = self.address.topic(Topic.VOTES)
        sent = await self._producer.send_and_wait(votes, value, partition=partition)
        return sent.offset

    async def write_many(self, messages: Iterable[tuple[int, bytes]]) -> None:
        """Write messages as fast as they are taken, each to a partition of `votes`."""
        for partition, value in messages:
            await self._producer.send(self.address.topic(Topic.VOTES), value, partition=partition)
        await self._producer.flush()

    async def cast_for(self, seconds: float) -> None:
        """Cast ballots for a while."""
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(seconds, stop.set)
        await self.cast_until(stop)

    async def cast_until(self, stop: asyncio.Event) -> None:
        """Cast ballots until told to stop; while the log is away, they wait for it."""
        while not stop.is_set():
            await self.cast(self._chance.randrange(1, 30))
            await asyncio.sleep(0.02)

    async def recount(self) -> dict[str, Any]:
        """The board that must be there, by the slow program, in a process of its own."""
        command = [sys.executable, "-m", "tests.support.recount", self.address.bootstrap]
        program = await asyncio.create_subprocess_exec(
            *command, self.address.prefix, self.round, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await program.communicate()
        assert program.returncode == 0
        return json.loads(output)

    def newest(self) -> dict[str, Any] | None:
        """What push would show: of all boards said, the one of the greatest number."""
        shown: dict[str, Any] | None = None
        for value in self.boards:
            board = json.loads(value)
            shown = board if shown is None or board["seq"] > shown["seq"] else shown
        return shown

    async def await_board(self, within_s: float = 40, **wanted: Any) -> dict[str, Any]:
        """Wait for a board with these fields."""
        deadline = time.monotonic() + within_s
        while True:
            board = self.newest()
            if board and all(board[key] == value for key, value in wanted.items()):
                return board
            assert time.monotonic() < deadline, f"no board with {wanted}; the newest: {board}"
            await asyncio.sleep(0.05)

    async def await_said(self, count: int, within_s: float) -> None:
        """Wait until so many boards were said."""
        async with asyncio.timeout(within_s):
            while len(self.boards) < count:
                await asyncio.sleep(0.05)

    async def await_exact(self, within_s: float = 40) -> dict[str, Any]:
        """Wait until everything in the log is on the board; it must equal a recount."""
        counted = await self.recount()
        board = await self.await_board(within_s, seq=counted["seq"])
        assert {key: board[key] for key in counted} == counted
        self.assert_one_board_a_number()
        return board

    def assert_one_board_a_number(self) -> None:
        seen: dict[int, bytes] = {}
        for value in self.boards:
            assert seen.setdefault(json.loads(value)["seq"], value) == value

    async def listen(self) -> None:
        """Collect the boards of this round as they are said, for good."""
        place = TopicPartition(self.address.topic(Topic.BOARDS), 0)
        key, at = f"satisfaction:{self.round}".encode(), 0
        while True:
            consumer = AIOKafkaConsumer(**self.address.client_options(), fetch_max_wait_ms=50)
            try:
                await consumer.start()
                consumer.assign([place])
                consumer.seek(place, at)
                async for record in consumer:
                    at = record.offset + 1
                    if record.key == key and record.value:
                        self.boards.append(record.value)
            except (KafkaError, OSError):
                await asyncio.sleep(0.2)
            finally:
                await consumer.stop()


async def ends_of(address: KafkaAddress, topic: Topic) -> dict[int, int]:
    """The next offset of each partition."""
    consumer = AIOKafkaConsumer(**address.client_options())
    await consumer.start()
    try:
        count = VOTE_PARTITIONS if topic == Topic.VOTES else 1
        places = [TopicPartition(address.topic(topic), number) for number in range(count)]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        return {place.partition: end for place, end in ends.items()}
    finally:
        await consumer.stop()


@asynccontextmanager
async def evening(address: KafkaAddress, name: str) -> AsyncIterator[Evening]:
    """A round that is open; retired at the block's end, for those that come after on this log."""
    producer = AIOKafkaProducer(**address.producer_options())
    await producer.start()
    held = Evening(address, producer, name)
    listener = asyncio.create_task(held.listen())
    try:
        await held.open()
        yield held
        await held.retire()
    finally:
        listener.cancel()
        with suppress(asyncio.CancelledError):
            await listener
        await producer.stop()
