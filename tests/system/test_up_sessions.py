"""Whatever is killed in the middle of a presentation, its deadline stays."""

import json
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.support.system import System, running_system

DAY = """
id: day
title: {en: Day}
units: [{id: unit, number: 1, kind: department, name: {en: Unit}}]
groups: [{id: heads, title: {en: Heads}}]
panels: [{id: leaders, title: {en: Leaders}}]
formulas:
  - {id: presentation, version: 1, kind: presentation, criteria: [{id: results, max: 100}],
     panels: {leaders: 100}}
slots:
  - {id: s1, group: heads, unit: unit, allotted_ms: 3600000}
  - {id: s2, group: heads, unit: unit}
"""
CLOCK = ("playback", "slot", "started_at", "warn_at", "ends_at", "added_ms")
READY_WITHIN_S = 90


def press(system: System, *words: str) -> dict[str, Any]:
    return json.loads(system.tribune("session", "day", *words, "--json"))


def insist(system: System, word: str, is_done: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Press as an operator whose broker was just killed: look how it stands, press again."""
    while True:
        try:
            return press(system, word)
        except AssertionError as refused:
            assert "look how it stands" in str(refused), refused
        if is_done(state := press(system)):
            return state


@pytest.mark.chaos
@pytest.mark.timeout(300)
def test_a_deadline_outlives_every_role_and_the_log_itself(tmp_path: Path) -> None:
    with running_system(tmp_path, **{"stage.hall": 'type = "simulated"'}) as system:
        (tmp_path / "day.yaml").write_text(DAY)
        system.tribune("load", str(tmp_path / "day.yaml"))
        press(system, "go")
        before = press(system, "add", "--ms", "60000")
        await_archived(system)
        for role in ("worker", "console", "push", "stage", "broker"):
            await_another(system, role, system.kill(role))
            system.await_ready(within_s=READY_WITHIN_S)
            after = press(system)
            assert {name: after[name] for name in CLOCK} == {name: before[name] for name in CLOCK}
            assert after["seq"] >= before["seq"], role
        finished = insist(system, "finish", lambda state: state["playback"] == "armed")
        assert (finished["playback"], finished["next"]) == ("armed", "s2")


def await_another(system: System, role: str, pid: int) -> None:
    """Wait until another process serves a role."""
    while True:
        with suppress(FileNotFoundError, ValueError):
            if system.pid(role) != pid:
                return
        time.sleep(0.05)


def await_archived(system: System) -> None:
    """Wait until ClickHouse holds what was pressed: an embedded log comes back from there."""
    query = "SELECT count() FROM tribune.session_facts WHERE type = 'time_added'"
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        request = urllib.request.Request(system.url("clickhouse"), data=query.encode())
        with urllib.request.urlopen(request, timeout=5) as answer:
            if int(answer.read()):
                return
        time.sleep(0.1)
    raise AssertionError("nothing is archived")
