import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psutil
import pytest

from tests.support.broker import embedded_broker, process_of
from tests.support.ports import free_port
from tribune.supervise import probes
from tribune.supervise.liveness import Health
from tribune.supervise.probes import http_probe, kafka_probe


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def probed(answer: bytes) -> Health:
    async with answering(answer) as port:
        return await http_probe("127.0.0.1", port, "/healthz")()


async def test_200_is_well() -> None:
    assert await probed(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") == Health(answered=True)


async def test_503_tells_its_problems_however_the_body_is_sent() -> None:
    body = b'{"ok": false, "problems": ["the log is away", "so am I"]}'
    told = Health(answered=True, problems=("the log is away", "so am I"))
    head = b"HTTP/1.1 503 Service Unavailable\r\n"
    whole = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    chunked = head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    assert await probed(whole) == told
    assert await probed(chunked) == told


async def test_an_error_without_words_is_unwell_too() -> None:
    answer = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\noops"
    assert await probed(answer) == Health(answered=True, problems=("answers 500",))


async def test_what_is_no_http_is_silence() -> None:
    assert not (await probed(b"220 mail ready\r\n")).answered


async def test_nobody_there_is_silence() -> None:
    assert not (await http_probe("127.0.0.1", free_port(), "/healthz")()).answered


async def test_a_broker_answers_and_a_hung_one_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "TIMEOUT_S", 0.5)
    with embedded_broker(port := free_port()) as address:
        probe, broker = kafka_probe("127.0.0.1", port), process_of(address)
        assert (await probe()).is_well
        broker.send_signal(signal.SIGSTOP)
        assert not (await probe()).answered


CHILD = """
import os, sys, time
from tribune.supervise.child import watch_from_aside
watch_from_aside(int(sys.argv[1]))
print(os.getpid(), flush=True)
time.sleep(60)
"""
PARENT = """
import os, subprocess, sys
child = [sys.executable, "-c", sys.argv[1], str(os.getpid())]
subprocess.run(child, start_new_session=True)
"""


def test_where_the_kernel_does_not_help_a_child_still_dies_with_its_parent() -> None:
    command = [sys.executable, "-c", PARENT, CHILD]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        family = [child, *child.children()]
        assert len(family) == 2
        parent.kill()
        parent.wait()
        gone, left = psutil.wait_procs(family, timeout=5)
    assert (len(gone), left) == (2, [])
