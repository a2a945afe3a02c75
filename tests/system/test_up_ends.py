import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.ports import free_port


def until(is_true: Callable[[], bool], within_s: float = 20) -> None:
    deadline = time.monotonic() + within_s
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [
        process
        for process in processes
        if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    ]


class FakeUp:
    """A supervisor of fake roles in a process of its own."""

    def __init__(self, folder: Path, *roles: str) -> None:
        self.log = folder / "log"
        self.run_dir = folder / "run"
        self.run_dir.mkdir()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.fake_up", str(self.run_dir), *roles],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def shown(self) -> str:
        return self.log.read_text()

    def await_up(self) -> list[psutil.Process]:
        until(lambda: "everything is up" in self.shown())
        return psutil.Process(self.process.pid).children(recursive=True)


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Callable[..., FakeUp]]:
    started: list[FakeUp] = []

    def start(*words: str) -> FakeUp:
        roles = [
            f"{name}:{free_port()}{rest}" for name, _, rest in (w.partition("+") for w in words)
        ]
        started.append(FakeUp(tmp_path, *roles))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
        one.process.wait()


def test_roles_stop_in_their_order_and_nothing_is_left(up: Callable[..., FakeUp]) -> None:
    running = up("gateway", "console", "worker", "push", "archive")
    children = running.await_up()
    assert len(children) == 5
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(10) == 0
    assert alive(children) == []
    assert list(running.run_dir.iterdir()) == []
    shown = running.shown()
    order = [shown.index(f"  {name} stopped") for name in ("gateway", "worker", "archive")]
    assert order == sorted(order)


def test_when_the_supervisor_is_killed_nothing_is_left(up: Callable[..., FakeUp]) -> None:
    running = up("gateway", "console", "worker")
    children = running.await_up()
    running.process.kill()
    running.process.wait()
    until(lambda: not alive(children), within_s=2)


def test_a_deaf_role_holds_up_the_end_for_seconds_only(up: Callable[..., FakeUp]) -> None:
    running = up("gateway+:deaf:parent", "worker+:deaf", "archive+:deaf")
    children = running.await_up()
    began = time.monotonic()
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(12) == 1
    assert time.monotonic() - began < 10
    assert alive(children) == []


@pytest.mark.parametrize("code", [0, 1])
def test_the_code_is_what_was_played_although_a_role_had_to_be_killed(
    up: Callable[..., FakeUp], monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setenv("PLAYED", str(code))
    running = up("gateway", "worker+:deaf")
    assert running.process.wait(20) == code
    assert "worker did not stop and was killed" in running.shown()


def test_ctrl_c_twice_ends_at_once(up: Callable[..., FakeUp]) -> None:
    running = up("gateway+:deaf", "worker+:deaf", "archive+:deaf")
    children = running.await_up()
    running.process.send_signal(signal.SIGINT)
    until(lambda: "stopping" in running.shown())
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(2) == 130
    assert alive(children) == []


def test_being_told_to_stop_while_starting_is_obeyed(up: Callable[..., FakeUp]) -> None:
    running = up("gateway", "worker+:crash")
    until((running.run_dir / "gateway.pid").exists)
    os.kill(running.process.pid, signal.SIGTERM)
    assert running.process.wait(10) == 0
    assert list(running.run_dir.iterdir()) == []


def test_what_nohup_started_outlives_its_terminal(up: Callable[..., FakeUp]) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        running = up("gateway")
    finally:
        signal.signal(signal.SIGHUP, before)
    children = running.await_up()
    running.process.send_signal(signal.SIGHUP)
    os.kill(children[0].pid, signal.SIGKILL)
    until(lambda: "starting it again" in running.shown())
    assert "stopping" not in running.shown()
