import json
import logging
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from streams.tokens import BadToken, read
from tests.support.ports import free_port
from tribune.commands.cli import main
from tribune.lean import CLICKHOUSE_EXTRAS
from tribune.proof.reconcile import Report
from tribune.proof.reconcile_groups import GroupReport
from tribune.settings.secret import read_secret
from tribune.settings.shape import NAMED, SECTIONS, TOP, Settings
from tribune.supervise.rundir import locked

COMMANDS = [
    "up",
    "demo",
    "gateway",
    "worker",
    "archive",
    "push",
    "console",
    "stage",
    "load",
    "round",
    "rundown",
    "session",
    "preflight",
    "token",
    "reconcile",
    "recompute",
    "formula",
    "group",
    "doctor",
]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    root.setLevel(level)  # a command sets up the logs of its process, and here that is ours
    root.handlers[:] = handlers
    for name in CLICKHOUSE_EXTRAS:
        if name in sys.modules and sys.modules[name] is None:
            del sys.modules[name]  # made to look absent in the command's own process


def tribune(*words: str, **environment: str) -> Result:
    return CliRunner().invoke(main, words, env=environment)


def test_help_lists_every_command_with_examples_and_exit_codes() -> None:
    text = tribune("--help").output
    for command in COMMANDS:
        assert f"\n  {command} " in text
    assert "Examples:" in text
    assert "Exit codes:" in text


def test_help_names_every_setting_of_the_file() -> None:
    said = set(re.findall(r"[a-z]+", tribune("--help").output.split("Settings are in")[1]))
    assert {*TOP, *SECTIONS, *NAMED} <= said


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_a_settings_file(command: str) -> None:
    first = {
        "round": ["open"],
        "rundown": ["show"],
        "formula": ["show"],
        "group": ["close"],
    }
    words = [command, *first.get(command, [])]
    assert "--config FILE" in tribune(*words, "--help").output


def test_the_version_is_that_of_the_distribution() -> None:
    assert tribune("--version").output.startswith("tribune, version 0.")


def test_wrong_settings_end_every_command_with_2_and_every_problem() -> None:
    Path("tribune.toml").write_text("[ports]\nconsloe = 1\n")
    result = tribune("token", "operator", TRIBUNE_PORTS_PUSH="x")
    assert result.exit_code == 2
    assert "tribune.toml:2: [ports] consloe" in result.stderr
    assert "TRIBUNE_PORTS_PUSH" in result.stderr
    assert result.stdout == ""


def test_a_settings_file_by_variable_or_option() -> None:
    Path("other.toml").write_text("nonsense = 1\n")
    assert "other.toml:1" in tribune("token", "operator", "--config", "other.toml").stderr
    assert "other.toml:1" in tribune("token", "operator", TRIBUNE_CONFIG="other.toml").stderr


def test_a_token_stands_alone_on_the_last_line_and_names_its_role() -> None:
    for role in ("operator", "moderator", "analyst"):
        token = tribune("token", role).stdout.splitlines()[-1]
        assert read(read_secret(Settings()), token).role == role


def test_a_token_of_an_evaluator_names_the_evaluator() -> None:
    token = tribune("token", "evaluator", "--id", "e1").stdout.splitlines()[-1]
    assert read(read_secret(Settings()), token).id == "e1"
    refused = tribune("token", "evaluator")
    assert refused.exit_code == 2
    assert "--id" in refused.stderr


def test_a_port_in_use_is_said_before_anything_starts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = tribune("up", TRIBUNE_PORTS_GATEWAY=str(port))
    assert result.exit_code == 1
    assert f"port {port} (gateway) on 127.0.0.1 is in use" in result.stderr
    assert "[ports] gateway" in result.stderr
    assert "TRIBUNE_PORTS_GATEWAY" in result.stderr
    assert result.stdout == ""


def test_a_second_up_on_one_data_folder_is_refused_with_the_first_ones_process() -> None:
    code = (
        "import sys, time; from pathlib import Path; from tribune.supervise.rundir import locked\n"
        "with locked(Path('data/run')):\n print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        first.stdout.readline()
        result = tribune("up")
        first.kill()
    assert result.exit_code == 1
    assert f"another `tribune up` (process {first.pid})" in result.stderr
    with locked(Path("data/run")):
        pass


def test_a_role_alone_says_that_its_port_is_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = subprocess.run(
            [str(Path(sys.executable).parent / "tribune"), "push"],
            env={"TRIBUNE_PORTS_PUSH": port},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert done.returncode == 1
    assert f"port {port} (push) on 127.0.0.1 is in use" in done.stderr


def test_nobody_at_the_console_is_said_with_what_to_do() -> None:
    result = tribune("round", "open", "r1", TRIBUNE_PORTS_CONSOLE=str(free_port()))
    assert result.exit_code == 1
    assert "does not answer" in result.stderr
    assert "is `tribune up` running" in result.stderr


class Console(BaseHTTPRequestHandler):
    """Stands in for the console: answers what the test wants, and keeps what it was asked."""

    answer: tuple[int, object] = (200, None)
    asked: tuple[str, str, bytes] = ("", "", b"")

    def do_GET(self) -> None:
        self.do_POST()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        Console.asked = (self.path, self.headers["Authorization"], body)
        status, answer = Console.answer
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def console() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Console) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield str(server.server_port)
        server.shutdown()


def test_load_sends_the_file_as_an_operator_and_says_what_changes(console: str) -> None:
    Path("county.yaml").write_text("id: county\n")
    Console.answer = (201, {"id": "county", "changes": ["unit housing is new"]})
    result = tribune("load", "county.yaml", TRIBUNE_PORTS_CONSOLE=console)
    assert result.output == "county: unit housing is new\n"
    path, authorization, body = Console.asked
    assert (path, body) == ("/api/broadcasts", b"id: county\n")
    assert read(read_secret(Settings()), authorization.removeprefix("Bearer ")).role == "operator"


def test_load_of_the_same_again_says_so(console: str) -> None:
    Path("county.yaml").write_text("id: county\n")
    Console.answer = (200, {"id": "county", "changes": []})
    assert "nothing changes" in tribune("load", "county.yaml", TRIBUNE_PORTS_CONSOLE=console).output


def test_load_says_each_problem_with_line_and_field(console: str) -> None:
    Path("county.yaml").write_text("id: county\n")
    problems = [
        {"line": 3, "field": "units[0].number", "detail": "must be at least 1"},
        {"line": 9, "field": "rounds[0].id", "detail": "is used twice"},
        {"line": 0, "field": "", "detail": "round r1 is open"},
    ]
    error = {"reason": "invalid_broadcast", "field": None, "detail": "2 problems"}
    Console.answer = (400, {"error": error, "errors": problems})
    result = tribune("load", "county.yaml", TRIBUNE_PORTS_CONSOLE=console)
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "county.yaml: line 3, units[0].number: must be at least 1",
        "county.yaml: line 9, rounds[0].id: is used twice",
        "county.yaml: round r1 is open",
    ]


def test_a_file_that_is_not_there_is_said(console: str) -> None:
    result = tribune("load", "absent.yaml", TRIBUNE_PORTS_CONSOLE=console)
    assert (result.exit_code, result.stderr) == (1, "absent.yaml: No such file or directory\n")


def test_a_round_is_opened_and_closed_by_its_id(console: str) -> None:
    Console.answer = (200, {"id": "r1", "status": "open"})
    result = tribune("round", "open", "r1", TRIBUNE_PORTS_CONSOLE=console)
    assert result.output == "r1 is open\n"
    assert Console.asked[0] == "/api/rounds/r1/open"


def test_a_refusal_is_said_in_the_consoles_words(console: str) -> None:
    error = {"reason": "final", "field": None, "detail": "r1 is final; load another round"}
    Console.answer = (409, {"error": error})
    result = tribune("round", "close", "r1", TRIBUNE_PORTS_CONSOLE=console)
    assert (result.exit_code, result.stderr) == (1, "r1 is final; load another round\n")


def test_the_doctor_finds_nothing_wrong_with_a_fresh_folder() -> None:
    ports = {
        f"TRIBUNE_PORTS_{name}": str(free_port())
        for name in ("CONSOLE", "GATEWAY", "PUSH", "WORKER", "ARCHIVE", "BROKER", "CLICKHOUSE")
    }
    result = tribune("doctor", **ports)
    assert result.exit_code == 0, result.output
    assert "devices: none is set" in result.output


def test_the_doctor_says_what_would_fail_and_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        result = tribune(
            "doctor",
            TRIBUNE_PORTS_PUSH=str(other.getsockname()[1]),
            TRIBUNE_KAFKA_BOOTSTRAP=f"127.0.0.1:{free_port()}",
            TRIBUNE_CLICKHOUSE_URL=f"http://127.0.0.1:{free_port()}",
            TRIBUNE_SECRETS_KEY="0123456789abcdef",
        )
    assert result.exit_code == 1
    failing = [line for line in result.output.splitlines() if line.startswith("FAIL")]
    assert any("(push)" in line and "TRIBUNE_PORTS_PUSH" in line for line in failing)
    assert any("log: Kafka" in line for line in failing)
    assert any("archive: ClickHouse" in line for line in failing)


def test_a_recount_without_clickhouse_says_so() -> None:
    result = tribune("reconcile", TRIBUNE_PORTS_CLICKHOUSE=str(free_port()))
    assert result.exit_code == 1
    assert "does not answer" in result.stderr


def test_a_script_notices_that_nothing_could_be_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    async def found(_address: object, asked: str | None) -> Report:
        return Report(groups=[GroupReport("heads", 9, 0, [], sealed=asked == "heads")])

    monkeypatch.setattr("tribune.proof.reconcile.reconcile", found)
    assert tribune("reconcile", "heads").exit_code == 3
    assert tribune("reconcile").exit_code == 0


def test_a_rehearsal_has_a_secret_of_its_own() -> None:
    real, rehearsed = (
        tribune("token", "operator", *more).stdout.splitlines()[-1]
        for more in ([], ["--rehearsal"])
    )
    assert read(read_secret(Settings()), real).role == "operator"
    assert read(read_secret(Settings(data=Path("data/rehearsal"))), rehearsed).role == "operator"
    with pytest.raises(BadToken):
        read(read_secret(Settings()), rehearsed)
