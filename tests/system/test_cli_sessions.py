"""`tribune rundown` and `tribune session` on a console and a worker that run."""

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dashboards.serve import serve
from streams.log.kafka import KafkaLog
from streams.log.topics import ensure_topics
from tests.support.broker import shared_log
from tests.support.console import console_config
from tests.support.ports import free_port
from tests.support.secret import SECRET
from tests.support.workers import workers_of
from tribune.commands.cli import main

COUNTY = """
id: county
title: {zh: 县}
units: [{id: housing, number: 1, kind: department, name: {zh: 住建局}}]
groups: [{id: heads, title: {zh: 局长}}]
panels: [{id: leaders, title: {zh: 领导}}]
evaluators: [{id: e1, panel: leaders, name: {zh: 李明}}]
formulas:
  - {id: presentation, version: 1, kind: presentation, criteria: [{id: results, max: 100}],
     panels: {leaders: 100}}
"""
DAY = "单位,姓名,时长,类型\n住建局,王伟,5:00,\n,,10,休息\n"


class Console:
    """A console in a thread of its own, since commands block."""

    def __init__(self, kafka: object) -> None:
        self.port = free_port()
        self._config = console_config(kafka, self.port)
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(serve(self._config, self._stop))

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    kafka = shared_log()
    asyncio.run(ensure_topics(KafkaLog(kafka)))
    with workers_of(kafka, tmp_path_factory.mktemp("workers")) as workers:
        workers.start()
        console = Console(kafka)
        yield console.port
        console.end()


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("county.yaml").write_text(COUNTY)
    Path("day.csv").write_text(DAY)


def tribune(port: int, *words: str, **more: str) -> Result:
    variables = {"TRIBUNE_PORTS_CONSOLE": str(port), "TRIBUNE_SECRETS_KEY": SECRET.decode()} | more
    return CliRunner().invoke(main, words, env=variables)


def done(port: int, *words: str) -> str:
    result = tribune(port, *words)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_day_from_a_spreadsheet_is_run_from_a_terminal(console: int) -> None:
    while tribune(console, "load", "county.yaml").exit_code:
        pass
    dry = done(console, "rundown", "load", "county", "day.csv", "--dry-run")
    assert dry == "county: slot s1 added\ncounty: slot s2 added\n"
    when = ("--day", "2026-12-18", "--zone", "Asia/Shanghai")
    assert done(console, "rundown", "load", "county", "day.csv", "--dry-run", *when) == dry
    assert done(console, "rundown", "load", "county", "day.csv") == dry
    for kind in ("csv", "xlsx", "json"):
        done(console, "rundown", "export", "county", f"again.{kind}")
    for kind in ("csv", "xlsx"):
        assert "nothing changes" in done(console, "rundown", "load", "county", f"again.{kind}")
    assert json.loads(Path("again.json").read_text())["slots"][0]["unit"] == "housing"
    assert "on: s1, " in done(console, "session", "county", "go")
    assert "running" in done(console, "session", "county")
    shown = done(console, "rundown", "show", "county").splitlines()
    assert [line.split()[:3] for line in shown[1:]] == [
        ["s1", "on", "housing"],
        ["s2", "waiting", "break"],
    ]
    state = json.loads(done(console, "session", "county", "add", "--ms", "30000", "--json"))
    assert state["added_ms"] == 30_000
    assert "next: s2" in done(console, "session", "county", "next")


def test_a_console_with_another_secret_says_what_to_look_at(console: int) -> None:
    result = tribune(console, "session", "county", "go", "--rehearsal")
    assert result.exit_code == 1
    assert "--rehearsal" in result.stderr


def test_cards_that_no_phone_can_open_are_said_to_be_so(console: int) -> None:
    for name, is_warned in (("", True), ("10.0.0.5", False)):
        result = tribune(
            console, "group", "cards", "county", "c.html", TRIBUNE_LISTEN_PUBLIC_HOST=name
        )
        assert result.exit_code == 0, result.stderr
        assert ("no phone can open these cards" in result.stderr) is is_warned


def test_a_lost_card_is_taken_back_from_a_terminal_when_it_is_confirmed(console: int) -> None:
    while tribune(console, "load", "county.yaml").exit_code:
        pass
    declined = CliRunner().invoke(
        main,
        ["group", "revoke-card", "county", "e1"],
        input="n\n",
        env={"TRIBUNE_PORTS_CONSOLE": str(console), "TRIBUNE_SECRETS_KEY": SECRET.decode()},
    )
    assert declined.exit_code == 1
    assert "stops working at once" in declined.output
    said = done(console, "group", "revoke-card", "county", "e1", "--yes")
    assert "the card of e1 (李明) is taken back; the marks stay" in said
    assert "tribune group cards county card.html --evaluator e1" in said
    done(console, "group", "cards", "county", "card.html", "--evaluator", "e1")
    assert Path("card.html").read_text().count("<article>") == 1
    nobody = tribune(console, "group", "revoke-card", "county", "e9", "--yes")
    assert nobody.exit_code == 1
    assert "no evaluator 'e9'" in nobody.stderr


def test_what_is_refused_ends_with_1_and_the_reason(console: int) -> None:
    Path("wrong.csv").write_text("单位,时长\n渔业局,soon\n")
    for words, said in (
        (("session", "county", "pause"), "no presentation is on"),
        (("session", "nobody"), "is loaded"),
        (("rundown", "load", "county", "wrong.csv"), "wrong.csv: row 2, column A (unit): no such"),
        (("rundown", "load", "county", "absent.csv"), "absent.csv: No such file"),
        (("rundown", "load", "county", "day.pdf"), "is a .csv, .xlsx or .json file"),
        (("rundown", "export", "county", "day.pdf"), "name it .csv"),
    ):
        result = tribune(console, *words)
        assert result.exit_code == 1, words
        assert said in result.stderr
