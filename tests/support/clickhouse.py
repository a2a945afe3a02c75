"""The embedded ClickHouse, as a process of a test."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from schemas.addresses import ClickHouseAddress
from tests.support.broker import await_port
from tests.support.ports import free_port


@dataclass(slots=True)
class EmbeddedClickHouse:
    """A process that serves `path`; `start` again after `stop` or `kill` serves the same data."""

    path: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> ClickHouseAddress:
        return ClickHouseAddress(f"http://127.0.0.1:{self.port}")

    def start(self) -> None:
        command = [sys.executable, "-m", "tribune.embedded.clickhouse"]
        command += [str(self.path), "127.0.0.1", str(self.port)]
        self.process = subprocess.Popen(command)
        await_port(self.port, self.process, within_s=30)

    def peak_memory(self) -> int:
        """The most resident memory the process ever had, in bytes."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) << 10

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> int:
        """End it in order, and say how it ended."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


@contextmanager
def embedded_clickhouse(path: Path) -> Iterator[EmbeddedClickHouse]:
    """Run the embedded ClickHouse on a folder until the block ends."""
    server = EmbeddedClickHouse(path, free_port())
    server.start()
    try:
        yield server
    finally:
        server.kill()
