"""The services of docker-compose.yml as processes of a test.

Each runs with the command and the environment that the file gives it, and is well when the file's
own healthcheck says so. Only addresses and folders are others: `kafka:9092` is a free port of this
machine, a volume a folder of the test.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.compose import ROLES, ROOT, composed, image
from tests.support.kafka import JVM, LOG4J, runtime
from tests.support.ports import free_port
from tribune.settings.shape import Ports

BIN = Path(sys.executable).parent
LOOK_S = 1.0
Places = Mapping[str, str]


def broker_files(home: Path) -> tuple[Path, dict[str, str]]:
    """The files of deploy/kafka and Kafka's commands beside them; the port for each of theirs."""
    folder = shutil.copytree(ROOT / "deploy" / "kafka", home / "kafka")
    ports = {old: str(free_port()) for old in ("9092", "9093", "9094")}
    settings = (folder / "server.properties").read_text()
    for old, new in ports.items():
        settings = settings.replace(f":{old}", f":{new}")
    settings = settings.replace("kafka:", "127.0.0.1:").replace("0.0.0.0:", "127.0.0.1:")
    settings = settings.replace("/var/lib/kafka/data", str(home / "data"))
    (folder / "server.properties").write_text(settings)
    said = LOG4J.replace("rootLogger.level = warn", "rootLogger.level = info")
    (folder / "log4j2.properties").write_text(said)
    _write_commands(folder)
    return folder, ports


def _write_commands(folder: Path) -> None:
    jars = ":".join(map(str, runtime.class_path()))
    # The image's own heap: the file keeps Kafka's log cleaner, whose buffer alone is 128 MB.
    java = f"{runtime.java_program()} {' '.join(JVM)} -Xmx512m ${{KAFKA_HEAP_OPTS:-}}"
    java += f' -Dlog4j2.configurationFile={folder}/log4j2.properties -cp "{jars}"'
    commands = {
        "kafka-storage.sh": f'#!/bin/sh\nexec {java} kafka.tools.StorageTool "$@"\n',
        "kafka-server-start.sh": f'#!/bin/sh\nexec {java} kafka.Kafka "$@"\n',
    }
    (folder / "bin").mkdir()
    for name, text in commands.items():
        (folder / "bin" / name).write_text(text)
        (folder / "bin" / name).chmod(0o755)


@dataclass
class Service:
    """One service of the file: its command, environment and rules, moved to this machine."""

    name: str
    said: dict[str, Any]
    command: list[str]
    environment: dict[str, str]
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where a role answers."""
        return f"http://127.0.0.1:{self.environment[f'TRIBUNE_PORTS_{self.name.upper()}']}"

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def start(self) -> None:
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                self.command, env=self.environment, cwd=self.folder, stdout=log, stderr=log
            )

    async def run(self, *words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        """Run a command with this service's environment, as `docker compose exec -T` does."""
        return await asyncio.to_thread(
            subprocess.run,
            words,
            input=stdin,
            env=self.environment,
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )

    async def until_healthy(self) -> None:
        """Wait until its healthcheck passes, no longer than compose takes to give it up."""
        check = self.said["healthcheck"]
        kind, *words = check["test"]
        assert kind == "CMD"
        patience_s = seconds(check["start_period"]) + check["retries"] * seconds(check["interval"])
        deadline = time.monotonic() + patience_s
        while (done := await self.run(*words)).returncode:
            assert self.process is None or self.process.poll() is None, f"ended: {self.log[-3000:]}"
            assert time.monotonic() < deadline, f"{self.name}: {done.stdout!r}\n{self.log[-3000:]}"
            await asyncio.sleep(LOOK_S)

    async def stop(self) -> int | None:
        """Stop it as compose does: its exit code, or None if compose would then kill it."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            return await asyncio.to_thread(
                self.process.wait, seconds(self.said["stop_grace_period"])
            )
        except subprocess.TimeoutExpired:
            return None

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


def seconds(duration: str) -> float:
    return float(duration.removesuffix("s"))


@contextmanager
def composed_services(
    home: Path, variables: Mapping[str, str], clickhouse_port: int
) -> Iterator[dict[str, Service]]:
    """Every service of the file, none started; all that were are gone when the block ends.

    `clickhouse` can only be asked for its health: the caller has it answer on the port.
    """
    folder, broker_ports = broker_files(home)
    places = {
        "/etc/tribune": str(folder),
        "kafka:9092": f"127.0.0.1:{broker_ports['9092']}",
        "127.0.0.1/9092": f"127.0.0.1/{broker_ports['9092']}",
        "clickhouse:8123": f"127.0.0.1:{clickhouse_port}",
        "127.0.0.1:8123": f"127.0.0.1:{clickhouse_port}",
    }
    ports = {role: free_port() for role in ROLES}
    places |= {f"127.0.0.1:{getattr(Ports(), role)}": f"127.0.0.1:{ports[role]}" for role in ROLES}
    here = {f"TRIBUNE_PORTS_{role.upper()}": str(port) for role, port in ports.items()}
    made = {
        name: _service(name, said, home / "services" / name, places, here)
        for name, said in composed(variables).items()
    }
    made["kafka"].environment["KAFKA_BIN"] = str(folder / "bin")
    try:
        yield made
    finally:
        for service in made.values():
            service.kill()


def _service(
    name: str, said: dict[str, Any], folder: Path, places: Places, ports: dict[str, str]
) -> Service:
    folder.mkdir(parents=True)
    entry, more = [], {"PATH": f"{BIN}:{os.environ['PATH']}"}
    if name in ROLES:
        entry, of_image = image()
        more |= of_image | ports
    said = _moved(
        {**said, "environment": more | said["environment"]},
        {**places, "/var/lib/tribune": str(folder)},
    )
    return Service(name, said, entry + said.get("command", []), said["environment"], folder)


def _moved(value: Any, places: Places) -> Any:
    match value:
        case dict():
            return {key: _moved(each, places) for key, each in value.items()}
        case list():
            return [_moved(each, places) for each in value]
        case str():
            for there, here in places.items():
                value = value.replace(there, here)
            return value
        case _:
            return value
