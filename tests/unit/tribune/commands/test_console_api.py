import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.support.ports import free_port
from tribune.commands import console_api
from tribune.commands.console_api import ConsoleApi, ConsoleRefused

Answer = tuple[int, str]


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console_api, "AGAIN_S", 0.01)


@contextmanager
def console(*answers: Answer, port: int = 0) -> Iterator[tuple[str, list[str]]]:
    """Answers one request after the other; the last answer again and again."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, detail = answers[min(len(asked), len(answers) - 1)]
            asked.append(self.command)
            error = {"error": {"reason": "log_unavailable", "field": None, "detail": detail}}
            body = json.dumps({"id": "r"} if status == 200 else error).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - http.server's own word

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_console_that_has_not_caught_up_is_waited_for_and_that_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with console((503, "nothing was done: still catching up"), (200, "")) as (url, asked):
        assert ConsoleApi(url, "token").post("/api/rounds/r/open") == {"id": "r"}
        assert len(asked) == 2
    assert capsys.readouterr().err == ("waiting for a start: nothing was done: still catching up\n")


def test_what_may_have_been_done_is_not_asked_for_twice() -> None:
    with console((503, "it is not certain that this was written"), (200, "")) as (url, asked):
        with pytest.raises(ConsoleRefused, match="it is not certain"):
            ConsoleApi(url, "token").post("/api/rounds/r/open")
        assert len(asked) == 1
        assert ConsoleApi(url, "token").get("/api/rounds") == {"id": "r"}


def test_it_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console_api, "STARTS_WITHIN_S", 0.1)
    with (
        console((503, "nothing was done: the log is away")) as (url, asked),
        pytest.raises(ConsoleRefused, match="the log is away"),
    ):
        ConsoleApi(url, "token").post("/api/rounds/r/open")
    assert len(asked) > 1


def test_a_console_that_somebody_starts_is_waited_for_any_other_not() -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with pytest.raises(ConsoleRefused, match="is `tribune up` running here"):
        ConsoleApi(url, "token").get("/api/rounds")
    found: list[object] = []
    asking = threading.Thread(
        target=lambda: found.append(ConsoleApi(url, "token", starts=True).get("/api/rounds"))
    )
    asking.start()
    with console((200, ""), port=port):
        asking.join(10)
    assert found == [{"id": "r"}]
