"""A rehearsal on a machine whose settings name a real log, archive and device: it reaches none."""

import json
import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.system import COUNTY, System, running_system


@contextmanager
def nobody_comes() -> Iterator[int]:
    """A port, TCP and UDP, that stands for something real; at the end nobody must have come."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mixer,
    ):
        port = server.getsockname()[1]
        mixer.bind(("127.0.0.1", port))
        yield port
        server.setblocking(False)
        mixer.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
        with pytest.raises(BlockingIOError):
            mixer.recv(1)


def page(system: System, path: str, role: str = "console") -> str:
    with urllib.request.urlopen(f"{system.url(role)}{path}", timeout=10) as answer:
        return answer.read().decode()


def session(system: System, *words: str) -> dict[str, Any]:
    return json.loads(system.tribune("session", "county-2026", *words, "--json"))


@pytest.mark.timeout(240)
@pytest.mark.long("everything starts, beside other tests")
def test_a_rehearsal_is_marked_everywhere_and_reaches_nothing_real(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIBUNE_REHEARSAL", "true")
    with nobody_comes() as mixer, nobody_comes() as kafka, nobody_comes() as clickhouse:
        real = {
            "kafka": f'bootstrap = "127.0.0.1:{kafka}"',
            "clickhouse": f'url = "http://127.0.0.1:{clickhouse}"',
            "secrets": 'key = "the real secret"',
            "stage.hall": f'type = "x32"\nhost = "127.0.0.1"\nport = {mixer}\nchannel = 1',
        }
        with running_system(tmp_path, **real) as system:
            system.tribune("load", str(COUNTY))
            assert session(system, "go")["rehearsal"]
            await_open(system)
            assert "<body data-rehearsal" in page(system, "/")
            assert "<body data-rehearsal" in page(system, "/board")
            assert "rehearsal" in page(system, "/vote", "gateway")
            session(system, "finish")
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["rehearsal"]


def await_open(system: System) -> None:
    """Wait until the simulated device has read back that it is open."""
    deadline = time.monotonic() + 30
    while session(system)["microphone"]["devices"].get("hall", {}).get("is_open") is not True:
        assert time.monotonic() < deadline, "the simulated microphone does not open"
