"""The log goes away and comes back: 503 at once, and not one acknowledged ballot is lost."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from agents.reducers.tally import PartitionTally, step
from schemas.addresses import KafkaAddress
from schemas.ballots import CHOICES
from streams.log.kafka import KafkaLog
from streams.log.topics import ensure_topics
from tests.support.gateway import (
    Gateway,
    ballots_in,
    now_ms,
    open_evening,
    running_gateway,
)
from tests.support.outage import BrokerWire, broker_behind_a_wire
from tests.support.peers import ballot, headers_for, post_votes, problem

AWAY_S = 4.0


@pytest.fixture
def evening() -> Iterator[tuple[KafkaAddress, BrokerWire]]:
    with broker_behind_a_wire() as (address, wire):
        asyncio.run(ensure_topics(KafkaLog(address)))
        asyncio.run(open_evening(address))
        yield address, wire


class Voters:
    """Citizens who vote until they are told to stop, and send again what was not acknowledged."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.stopped = asyncio.Event()
        self.acked: dict[str, int] = {}
        self.statuses: list[tuple[float, int, float]] = []

    async def run(self) -> None:
        async with httpx.AsyncClient(timeout=10) as client, asyncio.TaskGroup() as group:
            for number in range(16):
                group.create_task(self._vote(client, number))

    async def _vote(self, client: httpx.AsyncClient, number: int) -> None:
        turn = 0
        while not self.stopped.is_set():
            turn += 1
            voter, choice = f"voter-{number}-{turn}", (number + turn) % 5
            body = json.dumps(
                ballot(voter=voter, choice=CHOICES[choice], voted_at=now_ms())
            ).encode()
            try:
                while not await self._is_acked(client, body, headers_for(body)):
                    await asyncio.sleep(0.1)
            except httpx.TransportError:
                assert self.stopped.is_set()
            else:
                self.acked[voter] = choice

    async def _is_acked(
        self, client: httpx.AsyncClient, body: bytes, headers: dict[str, str]
    ) -> bool:
        began = time.monotonic()
        answer = await client.post(f"{self.gateway.url}/votes", content=body, headers=headers)
        self.statuses.append((began, answer.status_code, time.monotonic() - began))
        assert answer.status_code in (200, 503), answer.text
        return answer.status_code == 200

    async def until_acked(self, more: int) -> None:
        wanted = len(self.acked) + more
        while len(self.acked) < wanted:
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("break_it", [BrokerWire.cut, BrokerWire.freeze])
async def test_no_acknowledged_ballot_is_lost_or_counted_twice_over_an_outage(
    evening: tuple[KafkaAddress, BrokerWire], break_it: Callable[[BrokerWire], None]
) -> None:
    address, wire = evening
    with running_gateway(address) as gateway:
        voters = Voters(gateway)
        voting = asyncio.create_task(voters.run())
        await voters.until_acked(200)
        broken_at = time.monotonic()
        await asyncio.to_thread(break_it, wire)
        await asyncio.sleep(AWAY_S)
        unwell = await asyncio.to_thread(gateway.await_health, 503)
        assert "log" in str(unwell["problems"])
        mended_at = time.monotonic()
        await asyncio.to_thread(wire.mend)
        await voters.until_acked(200)
        voters.stopped.set()
        await voting
        await asyncio.to_thread(gateway.await_health, 200)
    refused = [took for began, status, took in voters.statuses if status == 503]
    at_once = [
        took
        for began, status, took in voters.statuses
        if status == 503 and broken_at + 2.6 < began < mended_at
    ]
    assert max(refused) < 3.5
    assert len(at_once) > 16
    assert sorted(at_once)[len(at_once) // 2] < 1.0
    found = await ballots_in(address)
    tally = PartitionTally(0)
    step(tally, 0, 0, [list(each) for each in found])
    expected = [list(voters.acked.values()).count(choice) for choice in range(5)]
    assert tally.tally("satisfaction").counts["housing"] == expected
    assert len({each.voter for each in found}) == len(voters.acked)


async def test_without_a_log_a_gateway_starts_and_says_what_is_wrong() -> None:
    with running_gateway(KafkaAddress("127.0.0.1:9"), is_ready=False) as gateway:
        body = gateway.await_health(503)
        answer = post_votes(gateway, ballot())
    assert body["ok"] is False
    assert "127.0.0.1:9" in str(body["problems"])
    assert problem(answer) == (503, "not_caught_up", None)
    assert answer.headers["retry-after"] == "1"


async def test_a_stopped_gateway_answers_who_is_in(
    evening: tuple[KafkaAddress, BrokerWire],
) -> None:
    address, _ = evening
    with running_gateway(address) as gateway:
        voters = Voters(gateway)
        voting = asyncio.create_task(voters.run())
        await voters.until_acked(100)
        voters.stopped.set()
        gateway.process.terminate()
        await voting
        assert await asyncio.to_thread(gateway.process.wait, 20) == 0
    assert len({each.voter for each in await ballots_in(address)}) >= len(voters.acked) >= 100
