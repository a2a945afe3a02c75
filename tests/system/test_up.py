"""`tribune up` with every real role: stops, kills, and the log that comes back."""

import asyncio
import json
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.catalogue import CATALOGUE, FACT_TOPICS
from tests.support.partner import Partner, partner_load
from tests.support.system import COUNTY, PARTNER_SECRET, SERVED, System, running_system

ROUND = "satisfaction-2026"

Log = dict[tuple[str, int], list[tuple[int, int, bytes | None, bytes | None]]]


async def read_log(system: System) -> Log:
    """Every fact: partition by partition its offset, time, key and value."""
    consumer: AIOKafkaConsumer = AIOKafkaConsumer(**system.kafka().client_options())
    await consumer.start()
    places = [
        TopicPartition(str(topic), number)
        for topic in FACT_TOPICS
        for number in range(CATALOGUE[topic].partitions)
    ]
    consumer.assign(places)
    await consumer.seek_to_beginning(*places)
    log: Log = {(place.topic, place.partition): [] for place in places}
    while fetched := await consumer.getmany(timeout_ms=700):
        for place, records in fetched.items():
            log[place.topic, place.partition] += [
                (one.offset, one.timestamp, one.key, one.value) for one in records
            ]
    await consumer.stop()
    return log


def board(system: System) -> dict[str, Any]:
    """The newest board; before the first one, an empty one."""
    url = f"{system.url('console')}/api/boards/satisfaction:{ROUND}"
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        assert error.code == 404
        return {"seq": 0, "rows": []}


def ballots(found: dict[str, Any]) -> int:
    return sum(row["ballots"] for row in found["rows"])


def units_of(system: System) -> list[str]:
    with urllib.request.urlopen(f"{system.url('console')}/api/broadcasts/county-2026") as answer:
        document = json.load(answer)
    return [unit["id"] for unit in document.get("units") or document["broadcast"]["units"]]


async def until(is_true: Callable[[], bool], within_s: float = 30) -> None:
    deadline = time.monotonic() + within_s
    while not await asyncio.to_thread(is_true):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)


async def open_round(system: System) -> Partner:
    system.tribune("load", str(COUNTY))
    system.tribune("round", "open", ROUND)
    return Partner(system.url("gateway"), PARTNER_SECRET)


async def vote_for(system: System, partner: Partner, seconds: float) -> None:
    stop = asyncio.Event()
    load = asyncio.create_task(partner_load(partner, ROUND, units_of(system), stop))
    await asyncio.sleep(seconds)
    stop.set()
    await load


def family(system: System) -> list[psutil.Process]:
    return psutil.Process(system.process.pid).children(recursive=True)


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.timeout(240)
@pytest.mark.long("two lives of everything")
async def test_the_next_start_goes_on_with_the_same_log_and_a_killed_up_leaves_nothing(
    tmp_path: Path,
) -> None:
    with running_system(tmp_path) as system:
        partner = await open_round(system)
        await vote_for(system, partner, 3)
        expected = sum(map(sum, partner.expected().values()))
        await until(lambda: ballots(board(system)) == expected)
        assert "in use by the `tribune up` that runs" in system.tribune("doctor")
        before, board_before, processes = await read_log(system), board(system), family(system)
        assert len(processes) >= 7
        began = time.monotonic()
        system.process.send_signal(signal.SIGTERM)
        assert system.process.wait(15) == 0
        assert time.monotonic() - began < 10
        assert alive(processes) == []
        assert list((tmp_path / "data" / "run").glob("*.pid")) == []
    with running_system(tmp_path) as system:
        await assert_it_goes_on(system, before, board_before)
        processes = family(system)
        system.process.kill()
        system.process.wait()
        await until(lambda: not alive(processes), within_s=5)


@pytest.mark.chaos
@pytest.mark.timeout(400)
async def test_when_the_broker_is_killed_it_is_back_with_its_log_and_no_role_ends(
    tmp_path: Path,
) -> None:
    with running_system(tmp_path) as system:
        partner = await open_round(system)
        await vote_for(system, partner, 2)
        roles = {role: system.pid(role) for role in SERVED}
        before = await read_log(system)
        killed = system.kill("broker")
        await until(lambda: pid_of(system, "broker") not in (0, killed), within_s=30)
        await vote_for(system, partner, 2)
        expected = sum(map(sum, partner.expected().values()))
        await until(lambda: ballots(board(system)) == expected)
        after = await read_log(system)
        assert all(after[place][: len(facts)] == facts for place, facts in before.items())
        assert {role: system.pid(role) for role in SERVED} == roles


@pytest.mark.chaos
@pytest.mark.timeout(400)
@pytest.mark.long("a role may stand still for so long before its supervisor acts")
async def test_a_role_that_hangs_is_started_again_while_the_others_go_on(tmp_path: Path) -> None:
    with running_system(tmp_path) as system:
        others = {role: system.pid(role) for role in ("gateway", "worker", "console")}
        hung = system.kill("push", signal.SIGSTOP)
        await until(lambda: pid_of(system, "push") not in (0, hung), within_s=60)
        system.await_ready()
        assert {role: system.pid(role) for role in others} == others
        assert not psutil.pid_exists(hung)
        processes = family(system)
        system.process.kill()
        system.process.wait()
        await until(lambda: not alive(processes), within_s=5)
    with running_system(tmp_path) as system:
        assert {role: pid_of(system, role) > 0 for role in SERVED} == dict.fromkeys(SERVED, True)


async def assert_it_goes_on(system: System, log: Log, shown: dict[str, Any]) -> None:
    """The same facts at the same offsets, and the same board with the same number."""
    assert await read_log(system) == log
    await until(lambda: board(system)["seq"] == shown["seq"])
    assert board(system)["rows"] == shown["rows"]


def pid_of(system: System, role: str) -> int:
    """Its process id, 0 while it is being started again."""
    try:
        return system.pid(role)
    except FileNotFoundError:
        return 0
