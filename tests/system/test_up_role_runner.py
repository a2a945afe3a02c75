import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.support.fakes import Shown, context, fake, until
from tests.support.ports import free_port
from tribune.supervise import probes
from tribune.supervise.liveness import Patience
from tribune.supervise.role_runner import Role, RoleRunner


@asynccontextmanager
async def kept(role: Role, run_dir: Path, shown: Shown) -> AsyncIterator[RoleRunner]:
    runner = RoleRunner(role, context(run_dir, shown))
    try:
        yield runner
    finally:
        await runner.stop(1)


def pid(run_dir: Path, name: str) -> int:
    try:
        return int((run_dir / f"{name}.pid").read_text())
    except (FileNotFoundError, ValueError):
        return 0


async def test_a_role_is_ready_when_its_health_says_so_and_its_pid_is_on_disk(
    tmp_path: Path,
) -> None:
    shown = Shown()
    async with kept(fake("push", free_port()), tmp_path, shown) as runner:
        await asyncio.wait_for(runner.ready.wait(), 10)
        assert f"fake role {pid(tmp_path, 'push')} on" in shown.getvalue()
        assert "push       | fake role" in shown.getvalue()
    assert list(tmp_path.iterdir()) == []


def children() -> set[int]:
    """The processes that this one started and that live: other tests' servers too."""
    return {child.pid for child in psutil.Process().children()}


async def test_a_role_may_load_first_and_begin_when_it_is_told(tmp_path: Path) -> None:
    others, begins = children(), asyncio.Event()
    runner = RoleRunner(fake("push", free_port()), context(tmp_path, Shown()), begins)
    try:
        await until(lambda: len(children() - others) > 0)
        [loading] = children() - others
        assert pid(tmp_path, "push") == 0
        assert not runner.ready.is_set()
        begins.set()
        await asyncio.wait_for(runner.ready.wait(), 10)
        assert pid(tmp_path, "push") == loading
    finally:
        assert await runner.stop(1)


async def test_a_role_that_was_never_told_to_begin_leaves_nothing(tmp_path: Path) -> None:
    others = children()
    runner = RoleRunner(fake("push", free_port()), context(tmp_path, Shown()), asyncio.Event())
    await until(lambda: len(children() - others) > 0)
    assert await runner.stop(1)
    assert children() == others
    assert list(tmp_path.iterdir()) == []


async def test_a_role_that_is_killed_is_started_again(tmp_path: Path) -> None:
    async with kept(fake("push", free_port()), tmp_path, Shown()) as runner:
        await asyncio.wait_for(runner.ready.wait(), 10)
        first = pid(tmp_path, "push")
        os.kill(first, signal.SIGKILL)
        await until(lambda: pid(tmp_path, "push") not in (0, first))
        await asyncio.wait_for(runner.ready.wait(), 10)


def spare_of(run_dir: Path, others: set[int]) -> int:
    """The one process that was started here and serves nothing yet; 0 before it is there."""
    found = children() - others - {pid(run_dir, "push")}
    return found.pop() if len(found) == 1 else 0


async def test_a_role_that_is_killed_is_taken_over_by_the_spare_that_had_loaded(
    tmp_path: Path,
) -> None:
    others = children()
    role = replace(fake("push", free_port()), spare=True)
    async with kept(role, tmp_path, Shown()) as keeper:
        await asyncio.wait_for(keeper.ready.wait(), 10)
        await until(lambda: spare_of(tmp_path, others) > 0)
        spare = spare_of(tmp_path, others)
        os.kill(pid(tmp_path, "push"), signal.SIGKILL)
        await until(lambda: pid(tmp_path, "push") == spare)
        await asyncio.wait_for(keeper.ready.wait(), 10)
        await until(lambda: spare_of(tmp_path, others) > 0)
    assert children() == others


async def test_a_spare_that_died_first_is_not_counted_on(tmp_path: Path) -> None:
    others = children()
    role = replace(fake("push", free_port()), spare=True)
    async with kept(role, tmp_path, Shown()) as keeper:
        await asyncio.wait_for(keeper.ready.wait(), 10)
        await until(lambda: spare_of(tmp_path, others) > 0)
        first, spare = pid(tmp_path, "push"), spare_of(tmp_path, others)
        os.kill(spare, signal.SIGKILL)
        await until(lambda: spare not in children())
        os.kill(first, signal.SIGKILL)
        await until(lambda: pid(tmp_path, "push") not in (0, first, spare))
        await asyncio.wait_for(keeper.ready.wait(), 10)
    assert children() == others


async def test_a_role_that_keeps_crashing_is_started_ever_later(tmp_path: Path) -> None:
    shown = Shown()
    async with kept(fake("push", free_port(), "crash"), tmp_path, shown):
        await until(lambda: shown.getvalue().count("ended with exit code 3") >= 3)
    waits = [
        line.split(" again ")[1] for line in shown.getvalue().splitlines() if " again " in line
    ]
    assert waits[:3] == ["at once", "in 0.2 s", "in 0.4 s"]


async def test_a_role_that_was_never_well_is_given_up_after_so_many_tries(tmp_path: Path) -> None:
    shown = Shown()
    command = (sys.executable, "-c", "print('no disk'); raise SystemExit(3)")
    role = replace(
        fake("broker", free_port()),
        command=command,
        tries=2,
        explain=lambda lines: f"{len(list(lines))} do",
    )
    async with kept(role, tmp_path, shown) as runner:
        await asyncio.wait_for(runner.gave_up.wait(), 60)
    await until(lambda: shown.getvalue().count("ended with exit code 3") == 2)
    assert "1 do" in shown.getvalue()


async def test_what_a_person_must_mend_first_is_not_tried_again(tmp_path: Path) -> None:
    shown = Shown()
    command = (sys.executable, "-c", f"raise SystemExit({os.EX_CONFIG})")
    role = replace(fake("broker", free_port()), command=command)
    async with kept(role, tmp_path, shown) as runner:
        await asyncio.wait_for(runner.gave_up.wait(), 60)
    assert "again" not in shown.getvalue()


async def test_a_role_that_stands_still_is_killed_and_started_again(tmp_path: Path) -> None:
    shown = Shown()
    role = fake("push", free_port(), patience=Patience(silent_s=0.5, probes=1))
    async with kept(role, tmp_path, shown) as runner:
        await asyncio.wait_for(runner.ready.wait(), 10)
        first = pid(tmp_path, "push")
        os.kill(first, signal.SIGSTOP)
        await until(lambda: pid(tmp_path, "push") not in (0, first))
    assert "does not answer any more; killing it" in shown.getvalue()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who waits for a processor")
async def test_a_role_that_is_too_busy_to_answer_has_more_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "TIMEOUT_S", 0.2)
    role = fake("push", free_port(), patience=Patience(silent_s=0.5, busy_s=5, probes=1))
    async with kept(role, tmp_path, Shown()) as runner:
        await asyncio.wait_for(runner.ready.wait(), 10)
        first, began = pid(tmp_path, "push"), time.monotonic()
        os.kill(first, signal.SIGUSR1)
        await until(lambda: pid(tmp_path, "push") not in (0, first), 60)
        assert time.monotonic() - began >= 5


async def test_a_role_that_stays_unwell_says_why_and_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    port, shown = free_port(), Shown()
    role = fake("push", port, patience=Patience(unwell_s=0.5))
    async with kept(role, tmp_path / "run", shown) as runner:
        await asyncio.wait_for(runner.ready.wait(), 10)
        first = pid(tmp_path / "run", "push")
        (tmp_path / f"{port}.unwell").touch()
        await until(lambda: pid(tmp_path / "run", "push") not in (0, first))
    assert "it hurts" in shown.getvalue()


async def test_a_role_that_ignores_the_wish_to_stop_is_killed(tmp_path: Path) -> None:
    runner = RoleRunner(fake("push", free_port(), "deaf"), context(tmp_path, Shown()))
    await asyncio.wait_for(runner.ready.wait(), 10)
    process = psutil.Process(pid(tmp_path, "push"))
    assert not await runner.stop(0.3)
    assert not process.is_running()


async def test_what_a_role_started_itself_goes_with_it(tmp_path: Path) -> None:
    shown = Shown()
    async with kept(fake("push", free_port(), "parent"), tmp_path, shown) as runner:
        await asyncio.wait_for(runner.ready.wait(), 10)
        await until(lambda: "grandchild" in shown.getvalue())
        [child] = psutil.Process(pid(tmp_path, "push")).children()
    await until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
