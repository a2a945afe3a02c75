"""One broker, as a process of a test, or one that the tests of a process share."""

import atexit
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from itertools import count
from pathlib import Path

import psutil

from schemas.addresses import KafkaAddress
from tests.support.kafka import HOST, NEVER_FLUSH_MS, Node

RUNNING: dict[str, Node] = {}
PREFIXES = count(1)


@contextmanager
def embedded_broker(
    port: int | None = None,
    folder: Path | None = None,
    advertised: int | None = None,
    flush_ms: int = NEVER_FLUSH_MS,
) -> Iterator[KafkaAddress]:
    """Run Apache Kafka until the block ends: empty each time, unless it is given a folder."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as own:
        node = Node(1, folder or Path(own), port, advertised)
        node.prepare([node], flush_ms)
        node.start()
        address = KafkaAddress(f"{HOST}:{node.advertised}")
        try:
            node.await_ready()
            RUNNING[address.bootstrap] = node
            yield address
        finally:
            RUNNING.pop(address.bootstrap, None)
            node.end()


@cache
def _shared() -> KafkaAddress:
    """A broker for all tests of this process that do not end it."""
    stack = ExitStack()
    address = stack.enter_context(embedded_broker())
    del RUNNING[address.bootstrap]  # who asks for its process wants to end it
    atexit.register(stack.close)
    return address


def shared_log() -> KafkaAddress:
    """An empty log on a broker that other tests use too: its names begin as no other's do."""
    return KafkaAddress(_shared().bootstrap, prefix=f"log{next(PREFIXES)}-")


def process_of(address: KafkaAddress) -> psutil.Process:
    """The process of an embedded broker that this process started."""
    process = RUNNING[address.bootstrap].process
    assert process is not None
    return psutil.Process(process.pid)


def await_port(port: int, process: subprocess.Popen[bytes], within_s: float = 10) -> None:
    """Wait until something listens on a loopback port."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise TimeoutError(f"nothing listens on {port} after {within_s} s")
