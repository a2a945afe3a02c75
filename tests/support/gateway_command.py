"""`tribune gateway` as a process of a test, with its folder and everything that it printed."""

import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from schemas.addresses import KafkaAddress
from tests.support.ports import free_port
from tests.support.system import TRIBUNE

KEY = "the secret of the tests of the command"


@dataclass(frozen=True)
class GatewayCommand:
    """A running gateway; what it prints is in `log`."""

    process: subprocess.Popen[bytes]
    folder: Path
    log: Path
    url: str

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of a GET; 0 when nothing answers."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def await_ready(self, within_s: float = 30) -> None:
        deadline = time.monotonic() + within_s
        while (health := self.get("/healthz"))[0] != 200:
            printed = self.log.read_text(errors="replace")
            assert self.process.poll() is None, f"the gateway ended: {printed[-3000:]}"
            assert time.monotonic() < deadline, f"not ready: {health}\n{printed[-3000:]}"
            time.sleep(0.05)

    def count(self, door: str, outcome: str) -> float:
        """How many requests of a door came to an outcome."""
        wanted = f'tribune_gateway_requests_total{{door="{door}",outcome="{outcome}"}} '
        found = [line for line in self.get("/metrics")[1].splitlines() if line.startswith(wanted)]
        return float(found[0].removeprefix(wanted)) if found else 0.0


@contextmanager
def gateway_command(
    folder: Path, broker: KafkaAddress, settings: str, *, module: str | None = None
) -> Iterator[GatewayCommand]:
    """Run it on a broker until the block ends; `settings` is more of tribune.toml.

    `module` is run in the place of the command.
    """
    port = free_port()
    lines = [f'data = "{folder / "data"}"', "[ports]", f"gateway = {port}"]
    lines += ["[kafka]", f'bootstrap = "{broker.bootstrap}"', f'prefix = "{broker.prefix}"']
    lines += ["[secrets]", f'key = "{KEY}"', settings]
    (folder / "tribune.toml").write_text("\n".join(lines))
    log = folder / "gateway.log"
    program = [sys.executable, "-m", module] if module else [str(TRIBUNE)]
    command = [*program, "gateway", "--config", str(folder / "tribune.toml")]
    with log.open("ab") as printed:
        process = subprocess.Popen(command, stdout=printed, stderr=printed)
    gateway = GatewayCommand(process, folder, log, f"http://127.0.0.1:{port}")
    try:
        gateway.await_ready()
        yield gateway
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        finally:
            process.kill()
