"""How a worker starts, says how it is, and ends."""

import asyncio
import signal
import time
from pathlib import Path

from schemas.addresses import KafkaAddress
from schemas.ballots import Ballot, encode_frame
from streams.log.kafka import KafkaLog
from streams.log.topics import ensure_topics
from tests.support.broker import embedded_broker
from tests.support.evening import evening, now_ms
from tests.support.ports import free_port
from tests.support.workers import workers_of


async def test_a_worker_that_starts_before_its_log_waits_for_it(tmp_path: Path) -> None:
    port = free_port()
    address = KafkaAddress(f"127.0.0.1:{port}")
    with workers_of(address, tmp_path) as workers:
        worker = workers.start(ready=False)
        while worker.health()[0] == 0:
            await asyncio.sleep(0.05)
        status, problems = worker.health()
        assert (status, len(problems)) == (503, 2)
        assert f"the log at 127.0.0.1:{port} does not answer" in problems
        with embedded_broker(port):
            await ensure_topics(KafkaLog(address))
            await asyncio.to_thread(worker.await_ready)


async def test_a_worker_whose_log_never_comes_ends_for_its_supervisor(tmp_path: Path) -> None:
    address = KafkaAddress(f"127.0.0.1:{free_port()}")
    with workers_of(address, tmp_path, "tests.support.hasty_worker") as workers:
        worker = workers.start(ready=False)
        assert await asyncio.to_thread(worker.process.wait, 30) == 1
        assert "the worker cannot go on: TimeoutError" in worker.log


async def test_a_worker_that_hangs_is_ended_by_its_watchdog(
    log: KafkaAddress, tmp_path: Path
) -> None:
    async with evening(log, "hung") as round_:
        with workers_of(log, tmp_path, "tests.support.hanging_worker") as workers:
            worker = workers.start(ready=False)
            await round_.cast(20)
            assert await asyncio.to_thread(worker.process.wait, 30) == 75
            assert "the worker hangs: " in worker.log


async def test_a_worker_ends_within_two_seconds_of_being_told(
    log: KafkaAddress, tmp_path: Path
) -> None:
    with workers_of(log, tmp_path) as workers:
        worker = await asyncio.to_thread(workers.start)
        started = time.monotonic()
        worker.send(signal.SIGTERM)
        assert await asyncio.to_thread(worker.process.wait, 30) == 0
        assert time.monotonic() - started < 2


async def test_a_long_log_that_no_group_has_read_keeps_no_new_ballot_waiting(
    log: KafkaAddress, tmp_path: Path
) -> None:
    async with evening(log, "long") as round_:
        ballot = Ballot(round_.round, "u1", 0, 0, now_ms(), "web")
        await round_.write_many(
            (number % 8, encode_frame(now_ms(), [ballot._replace(voter=number)]))
            for number in range(20_000)
        )
        with workers_of(log, tmp_path) as workers:
            worker = await asyncio.to_thread(workers.start)
            await round_.await_exact(within_s=5)
            await round_.cast(30)
            await round_.await_exact(within_s=5)
            assert worker.metric("tribune_ballots_folded_total") == 20_030
            assert worker.metric("tribune_fold_lag_messages") == 0
