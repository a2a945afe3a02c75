"""One broker, as a process of a test."""

import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.addresses import KafkaAddress
from tests.support.kafka import HOST, NEVER_FLUSH_MS, Node

RUNNING: dict[str, Node] = {}


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


def process_of(address: KafkaAddress) -> subprocess.Popen[bytes]:
    """The process of an embedded broker that this process started."""
    process = RUNNING[address.bootstrap].process
    assert process is not None
    return process


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
