"""A group's board is exact on both brokers, whatever happens to the workers meanwhile."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import suppress
from itertools import count
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.addresses import KafkaAddress
from schemas.topics import Topic
from streams.keys import group_key
from streams.log.kafka import KafkaLog
from tests.support.console import Checked, messages, running_console
from tests.support.presenting import EVALUATORS, SLOTS, day, mark
from tests.support.secret import SECRET
from tests.support.slow_ranking import ranking
from tests.support.workers import Workers
from tribune.proof.recompute import recompute

NAMES = count(1)


class Group:
    """A day of its own on a log that others use too, and the boards that were said of it."""

    def __init__(self, log: KafkaAddress, client: Checked, name: str) -> None:
        self.log, self.client, self.name = log, client, name
        self.board = f"presentations:{name}-group"
        self.said: dict[int, set[bytes]] = {}
        self._chance = random.Random(name)

    async def listen(self) -> None:
        place = TopicPartition(self.log.topic(Topic.BOARDS), 0)
        consumer = AIOKafkaConsumer(**self.log.client_options(), auto_offset_reset="earliest")
        await consumer.start()
        try:
            consumer.assign([place])
            async for record in consumer:
                if record.key == self.board.encode() and record.value:
                    seq = json.loads(record.value)["seq"]
                    self.said.setdefault(seq, set()).add(record.value)
        finally:
            await consumer.stop()

    async def mark(self, times: int) -> None:
        """Evaluators set marks and change their minds."""
        for _ in range(times):
            slot = self._chance.choice(list(SLOTS))
            who = self._chance.choice(list(EVALUATORS))
            row = self._chance.randrange(61), self._chance.randrange(41)
            answer = await mark(self.client, f"{self.name}-{slot}", who, *row)
            wanted = 403 if (slot, who) == ("s1", "own") else 200
            assert answer.status_code == wanted, answer.text

    async def board_when(self, **wanted: Any) -> dict[str, Any]:
        async with asyncio.timeout(60):
            while True:
                answer = await self.client.get(f"/api/boards/{self.board}")
                board = answer.json()
                if all(board.get(name) == value for name, value in wanted.items()):
                    return board
                await asyncio.sleep(0.05)


@pytest.fixture
async def group(address: KafkaAddress) -> AsyncIterator[Group]:
    name = f"group{next(NAMES)}"
    async with running_console(address) as client:
        assert (await client.post("/api/broadcasts", content=day(name))).status_code == 201
        held = Group(address, client, name)
        listening = asyncio.create_task(held.listen())
        yield held
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        await client.post(f"/api/broadcasts/{name}/retire")


@pytest.mark.long("workers die, and each session is waited for")
async def test_marks_are_ranked_exactly_though_workers_are_killed(
    group: Group, workers: Workers
) -> None:
    await asyncio.to_thread(workers.crew, 2)
    for _ in range(2):
        await group.mark(25)
        workers.live()[0].end()
        await group.mark(25)
        await asyncio.to_thread(workers.crew, 2)
    await group.client.post(f"/api/groups/{group.name}-group/close")
    board = await group.board_when(closed=True)
    facts = await messages(group.log, Topic.SCORES)
    wanted = ranking(json.loads(day(group.name)), facts, SECRET)
    ranked = [row for row in board["rows"] if row["rank"]]
    assert [(row["slot"], row["rank"], row["score"]) for row in ranked] == wanted
    assert board["positions"]["scores"] == {"0": len(facts)}
    again = await recompute(KafkaLog(group.log), group.board, group_key(SECRET))
    assert again.ok, str(again)
    assert {len(found) for found in group.said.values()} == {1}, "one number is one board"
