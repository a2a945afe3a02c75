"""Workers as processes of a test, to be started, stopped, frozen and killed.

    python -m tests.support.workers BOOTSTRAP PREFIX GROUP HEALTH_PORT WORK_DIR NAME

is such a process.
"""

import json
import logging
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agents.worker import WorkerConfig, run
from schemas.addresses import KafkaAddress
from streams.keys import group_key
from tests.support.ports import free_port
from tests.support.secret import SECRET

ROOT = Path(__file__).parents[2]


class Worker:
    """One worker process."""

    def __init__(
        self, address: KafkaAddress, folder: Path, group: str, module: str, name: str = ""
    ) -> None:
        self.group = group
        self.port = free_port()
        self.name = name or f"worker-{self.port}"
        self.log_file = folder / f"{group}-{self.port}.log"
        command = [sys.executable, "-m", module, address.bootstrap, address.prefix, group]
        work = folder / f"{group}-{self.name}"
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, str(self.port), str(work), self.name],
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def health(self) -> tuple[int, list[str]]:
        """Status and problems of /healthz; 0 when nothing answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2) as ok:
                return ok.status, []
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())["problems"]
        except OSError:
            return 0, []

    def metric(self, name: str) -> float:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=2) as answer:
            text = answer.read().decode()
        return sum(float(value) for value in re.findall(rf"^{name}(?:{{.*}})? (.*)$", text, re.M))

    def await_ready(self, within_s: float = 60) -> None:
        """Wait until it says that it is well."""
        deadline = time.monotonic() + within_s
        while self.health()[0] != 200:
            ended = self.process.poll()
            assert ended is None, f"the worker ended with {ended}:\n{self.log[-3_000:]}"
            assert time.monotonic() < deadline, f"not ready: {self.health()}\n{self.log[-3_000:]}"
            time.sleep(0.05)

    def send(self, how: signal.Signals) -> None:
        os.kill(self.process.pid, how)

    def end(self, how: signal.Signals = signal.SIGKILL, within_s: float = 10) -> int:
        """End it by a signal; its exit code."""
        if self.process.poll() is None:
            self.send(how)
        return self.process.wait(within_s)


@contextmanager
def workers_of(
    address: KafkaAddress, folder: Path, module: str = "tests.support.workers"
) -> Iterator["Workers"]:
    """A way to start workers; all that live at the block's end are killed."""
    workers = Workers(address, folder, module)
    try:
        yield workers
    finally:
        for worker in workers.started:
            worker.end()


class Workers:
    """Starts workers on one log."""

    def __init__(self, address: KafkaAddress, folder: Path, module: str) -> None:
        self._address = address
        self._folder = folder
        self._module = module
        self.started: list[Worker] = []

    def live(self) -> list[Worker]:
        return [worker for worker in self.started if worker.process.poll() is None]

    def crew(self, count: int, group: str = "workers") -> list[Worker]:
        """Have so many workers of one group live and ready, by starting what is missing."""
        for _ in range(count - len(self.live())):
            self.start(group, ready=False)
        for worker in self.live():
            worker.await_ready()
        return self.live()

    def start(self, group: str = "workers", *, name: str = "", ready: bool = True) -> Worker:
        """Start one; one with the name of another that died goes on in its place."""
        worker = Worker(self._address, self._folder, group, self._module, name)
        self.started.append(worker)
        if ready:
            worker.await_ready()
        return worker


def main() -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    bootstrap, prefix, group, port, folder, name = sys.argv[1:]
    address = KafkaAddress(bootstrap, prefix=prefix)
    keys = group_key(SECRET)
    config = WorkerConfig(
        address, "127.0.0.1", int(port), Path(folder), group, name=name, group_key=keys
    )
    return run(config)


if __name__ == "__main__":
    sys.exit(main())
