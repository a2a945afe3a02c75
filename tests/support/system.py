"""The whole of Tribune on free ports, started by its own command, as a test's subject."""

import json
import os
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
from tribune.settings.addresses import kafka_address
from tribune.settings.read import read_settings

TRIBUNE = Path(sys.executable).parent / "tribune"
COUNTY = Path(__file__).parents[2] / "examples" / "county" / "county.yaml"
PORTS = (
    "console",
    "gateway",
    "push",
    "broker",
    "broker_controller",
    "clickhouse",
    "worker",
    "archive",
    "stage",
)
SERVED = ("console", "gateway", "push", "worker", "archive", "stage")
WECHAT_TOKEN = "system-test-token"
PARTNER_SECRET = "whsec_c3lzdGVtLXRlc3Qtc2VjcmV0LTAwMDE="


@dataclass(frozen=True)
class System:
    """A running `tribune up`: its process, folder, and ports by role."""

    process: subprocess.Popen[bytes]
    folder: Path
    ports: dict[str, int]

    def url(self, role: str) -> str:
        return f"http://127.0.0.1:{self.ports[role]}"

    @property
    def live(self) -> str:
        return f"ws://127.0.0.1:{self.ports['push']}/live"

    def kafka(self, user: str = "reader") -> KafkaAddress:
        """The embedded log, as one of its users."""
        return kafka_address(read_settings(self.folder / "tribune.toml", {}), user)

    def pid(self, role: str) -> int:
        return int((self.folder / "data" / "run" / f"{role}.pid").read_text())

    def kill(self, role: str, sign: signal.Signals = signal.SIGKILL) -> int:
        """Send a signal to the process that serves a role; its pid."""
        pid = self.pid(role)
        os.kill(pid, sign)
        return pid

    def tribune(self, *words: str) -> str:
        """Run another command of Tribune on the same settings; what it printed."""
        command = [str(TRIBUNE), *words, "--config", str(self.folder / "tribune.toml")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    def token(self, role: str) -> str:
        return self.tribune("token", role).splitlines()[-1]

    def health(self, role: str) -> tuple[int, str]:
        """Status and body of a role's /healthz; 0 when nothing answers."""
        try:
            with urllib.request.urlopen(f"{self.url(role)}/healthz", timeout=2) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError as error:
            return 0, str(error)

    def await_ready(self, *roles: str, within_s: float = 60) -> None:
        """Wait until roles (by default all) say that they are well."""
        deadline = time.monotonic() + within_s
        waiting = list(roles or SERVED)
        while waiting:
            waiting = [role for role in waiting if self.health(role)[0] != 200]
            assert self.process.poll() is None, f"tribune up ended: {self.log()[-3000:]}"
            states = [(role, self.health(role)) for role in waiting]
            assert time.monotonic() < deadline, f"not ready: {states}\n{self.log()[-3000:]}"
            time.sleep(0.05)

    def log(self) -> str:
        return (self.folder / "up.log").read_text(errors="replace")


def write_settings(folder: Path, **more: str) -> dict[str, int]:
    """Write a tribune.toml with free ports into a folder; the ports."""
    ports = {name: free_port() for name in PORTS}
    lines = [f"data = {json.dumps(str(folder / 'data'))}", "[ports]"]
    lines += [f"{name} = {port}" for name, port in ports.items()]
    lines += ["[wechat.county]", f'token = "{WECHAT_TOKEN}"']
    lines += ["[webhook.app]", f'secret = "{PARTNER_SECRET}"']
    lines += [f"[{section}]\n{body}" for section, body in more.items()]
    (folder / "tribune.toml").write_text("\n".join(lines) + "\n")
    return ports


@contextmanager
def running_system(folder: Path, **settings: str) -> Iterator[System]:
    """Run `tribune up` in a folder until the block ends, then stop it in order.

    A second run in the same folder goes on with the same settings and data.
    """
    if (folder / "ports.json").exists():
        ports = json.loads((folder / "ports.json").read_text())
    else:
        ports = write_settings(folder, **settings)
        (folder / "ports.json").write_text(json.dumps(ports))
    with (folder / "up.log").open("ab") as log:
        process = subprocess.Popen(
            [str(TRIBUNE), "up", "--config", str(folder / "tribune.toml")],
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
        system = System(process, folder, ports)
        try:
            system.await_ready()
            yield system
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=30)
            finally:
                process.kill()
