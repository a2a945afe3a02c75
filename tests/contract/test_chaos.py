"""Whatever is killed, frozen or restarted under load, the board equals a recount in the end."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.support.evening import Evening
from tests.support.kafka import Kafka
from tests.support.workers import Workers

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]


@asynccontextmanager
async def load(round_: Evening, more_s: float = 3) -> AsyncIterator[None]:
    """Ballots come in during the block and for a while after it; then the board must be exact."""
    stop = asyncio.Event()
    casting = asyncio.create_task(round_.cast_until(stop))
    try:
        yield
        await asyncio.sleep(more_s)
    finally:
        stop.set()
        await casting
    await round_.await_exact(within_s=60)


async def test_one_worker_then_two_then_three_share_the_partitions(
    round_: Evening, standing: Workers
) -> None:
    async with load(round_):
        for count in (1, 2, 3):
            await asyncio.to_thread(standing.crew, count)
            await asyncio.sleep(2)
    async with load(round_):
        leaver = standing.live()[0]
        assert await asyncio.to_thread(leaver.end, signal.SIGTERM) == 0


async def test_a_worker_is_killed(round_: Evening, standing: Workers) -> None:
    await asyncio.to_thread(standing.crew, 2)
    async with load(round_, more_s=12):
        await asyncio.sleep(2)
        await asyncio.to_thread(standing.live()[0].end, signal.SIGKILL)


@pytest.mark.long("frozen for longer than three sessions of Kafka's least")
async def test_a_worker_is_frozen_for_20_s_and_goes_on_beside_those_that_took_over(
    round_: Evening, standing: Workers
) -> None:
    frozen, *_ = await asyncio.to_thread(standing.crew, 2)
    async with load(round_, more_s=6):
        await asyncio.sleep(2)
        frozen.send(signal.SIGSTOP)
        await asyncio.sleep(20)
        frozen.send(signal.SIGCONT)
    assert frozen.process.poll() is None, frozen.log[-2_000:]


@pytest.mark.kafka
@pytest.mark.parametrize("address", ["kafka"], indirect=True)
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_the_broker_is_ended_and_started_again(
    round_: Evening, standing: Workers, kafka: Kafka, how: signal.Signals
) -> None:
    await asyncio.to_thread(standing.crew, 2)
    [node] = kafka.nodes
    async with load(round_, more_s=6):
        await asyncio.sleep(2)
        await asyncio.to_thread(node.end, how)
        await asyncio.sleep(3)
        node.start()
        await asyncio.to_thread(node.await_ready)


@pytest.mark.kafka
@pytest.mark.soak
@pytest.mark.parametrize("address", ["three_brokers"], indirect=True)
async def test_one_of_three_brokers_is_killed_and_comes_back(
    round_: Evening, standing: Workers, three_brokers: Kafka
) -> None:
    await asyncio.to_thread(standing.crew, 2)
    node = three_brokers.nodes[0]
    async with load(round_, more_s=8):
        await asyncio.sleep(2)
        await asyncio.to_thread(node.end, signal.SIGKILL)
    async with load(round_, more_s=4):
        node.start()
        await asyncio.to_thread(node.await_ready)
