"""A worker's name in its group: it takes over at once, and nobody else can go by it."""

import asyncio
import os
import signal
from datetime import datetime
from pathlib import Path

import pytest

from agents.shells.member import SESSION_S
from schemas.addresses import KafkaAddress
from streams.log.kafka import KafkaLog
from tests.support.evening import Evening
from tests.support.workers import Worker, Workers, workers_of


def parts_of(worker: Worker) -> list[str]:
    """What its group gave it, each time."""
    return [line for line in worker.log.splitlines() if "its part of the work" in line]


def joined_s(worker: Worker) -> float:
    """How long after its first line it had its part."""
    lines = worker.log.splitlines()
    first, part = (
        next(line for line in lines if wanted in line)[:23] for wanted in ("", "part of")
    )
    return (datetime.fromisoformat(part) - datetime.fromisoformat(first)).total_seconds()


@pytest.mark.chaos
async def test_who_comes_back_after_a_kill_waits_for_no_session_to_end(
    round_: Evening, workers: Workers
) -> None:
    group = f"killed-{round_.round}"
    first = await asyncio.to_thread(workers.start, group, name="hall")
    await round_.cast_for(0.3)
    await asyncio.to_thread(first.end, signal.SIGKILL)
    again = await asyncio.to_thread(workers.start, group, name="hall")
    await round_.await_exact()
    assert joined_s(again) < SESSION_S / 2


async def names_in(address: KafkaAddress, group: str) -> list[str]:
    members = await KafkaLog(address).members(address.group(group))
    return [client_id.partition("/")[0] for client_id, _ in members]


async def test_who_is_told_to_stop_blocks_nothing(
    round_: Evening, workers: Workers, address: KafkaAddress
) -> None:
    group = f"stopped-{round_.round}"
    leaver = await asyncio.to_thread(workers.start, group, name="hall-1")
    stayer = await asyncio.to_thread(workers.start, group, name="hall-2")
    await round_.cast_for(0.3)
    shared = len(parts_of(stayer))
    assert await asyncio.to_thread(leaver.end, signal.SIGTERM) == 0
    async with asyncio.timeout(30):
        while not (names := await names_in(address, group)):  # nobody while it deals out anew
            await asyncio.sleep(0.02)
    assert names == ["hall-2"]
    async with asyncio.timeout(30):
        while len(parts_of(stayer)) == shared:
            await asyncio.sleep(0.02)
    assert "votes 0, votes 1" in parts_of(stayer)[-1]
    await round_.await_exact()


async def test_a_second_worker_of_a_name_ends_and_says_so(
    round_: Evening, workers: Workers, address: KafkaAddress, tmp_path: Path
) -> None:
    group = f"twice-{round_.round}"
    first = await asyncio.to_thread(workers.start, group, name="hall")
    (tmp_path / "other").mkdir()
    with workers_of(address, tmp_path / "other") as others:
        second = others.start(group, name="hall", ready=False)
        assert await asyncio.to_thread(second.process.wait, 60) == os.EX_CONFIG
    assert "goes by the name 'hall'" in second.log
    assert "[kafka] instance" in second.log
    assert first.health() == (200, [])
    assert len(parts_of(first)) == 1
    await round_.cast_for(0.3)
    await round_.await_exact()


@pytest.mark.chaos
async def test_who_thaws_to_find_its_name_taken_ends_and_leaves_the_other_alone(
    round_: Evening, workers: Workers, address: KafkaAddress, tmp_path: Path
) -> None:
    group = f"frozen-{round_.round}"
    frozen = await asyncio.to_thread(workers.start, group, name="hall")
    frozen.send(signal.SIGSTOP)
    (tmp_path / "other").mkdir()
    with workers_of(address, tmp_path / "other") as others:
        second = await asyncio.to_thread(others.start, group, name="hall")
        frozen.send(signal.SIGCONT)
        assert await asyncio.to_thread(frozen.process.wait, 60) == os.EX_CONFIG
        assert "goes by the name 'hall'" in frozen.log
        await round_.cast_for(0.3)
        await round_.await_exact()
        assert second.health() == (200, [])
        assert len(parts_of(second)) == 1, "the one that thawed put it out"


@pytest.mark.chaos
@pytest.mark.timeout(240)
@pytest.mark.long("ten kills, each waited for")
async def test_a_worker_killed_ten_times_under_load_miscounts_nothing(
    round_: Evening, workers: Workers
) -> None:
    group = f"again-{round_.round}"
    stop = asyncio.Event()
    casting = asyncio.create_task(round_.cast_until(stop))
    for turn in range(10):
        worker = await asyncio.to_thread(workers.start, group, name="hall", ready=bool(turn % 3))
        await asyncio.sleep(0.4 + 0.2 * turn)  # killed at its start, in its replay, and after it
        await asyncio.to_thread(worker.end, signal.SIGKILL)
    await asyncio.to_thread(workers.start, group, name="hall")
    stop.set()
    await casting
    await round_.await_exact(within_s=60)
