"""Apache Kafka for tests, on loopback, one broker or three: what `tribune up` embeds.

By default without passwords. A new broker takes about a second; stop and kill it as you like, what
it acknowledged is there again when it is back.
"""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.addresses import KafkaAddress
from tests.support.ports import free_port
from tribune.embedded.kafka import runtime
from tribune.embedded.kafka.aot import aot_options
from tribune.embedded.kafka.folder import write_meta
from tribune.embedded.kafka.node import HOST, JVM, LOG4J, MAIN, as_properties, everywhere

READY_WITHIN_S = 90.0
READY = "Kafka Server started"
# An hour: no test cuts the power.
NEVER_FLUSH_MS = 3_600_000
SAYS_READY = """logger.ready.name = kafka.server.KafkaRaftServer
logger.ready.level = info
"""


class Node:
    """One broker, which is a controller too; `advertised` is where clients are told to go."""

    def __init__(
        self, number: int, home: Path, port: int | None = None, advertised: int | None = None
    ) -> None:
        self.number = number
        self.port = port or free_port()
        self.advertised = advertised or self.port
        self.controller_port = free_port()
        self.home = home
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.home / "broker.log"

    def prepare(self, nodes: "list[Node]", flush_ms: int = NEVER_FLUSH_MS) -> None:
        """Make its folder, unless it is there already."""
        data = self.home / "data"
        if not data.exists():
            data.mkdir(parents=True)
            write_meta(data, self.number)
        settings = everywhere(data, flush_ms) | self._listeners(nodes)
        (self.home / "server.properties").write_text(as_properties(settings))
        (self.home / "log4j2.properties").write_text(LOG4J + SAYS_READY)

    def _listeners(self, nodes: "list[Node]") -> dict[str, object]:
        voters = ",".join(f"{each.number}@{HOST}:{each.controller_port}" for each in nodes)
        copies = len(nodes)
        return {
            "node.id": self.number,
            "controller.quorum.voters": voters,
            "controller.listener.names": "CONTROLLER",
            "listeners": f"PLAINTEXT://{HOST}:{self.port},CONTROLLER://{HOST}:{self.controller_port}",
            "advertised.listeners": f"PLAINTEXT://{HOST}:{self.advertised}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "PLAINTEXT",
            "default.replication.factor": copies,
            "min.insync.replicas": max(1, copies - 1),
            "offsets.topic.replication.factor": copies,
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.min.isr": max(1, copies - 1),
        }

    def start(self) -> None:
        """Start it, without waiting."""
        java = [str(runtime.java_program()), *JVM, *aot_options(JVM)]
        jars = ":".join(map(str, runtime.class_path()))
        log4j = f"-Dlog4j2.configurationFile={self.home / 'log4j2.properties'}"
        settings = str(self.home / "server.properties")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*java, log4j, "-cp", jars, MAIN, settings],
                stdout=log,
                stderr=log,
                cwd=self.home,
            )

    def await_ready(self) -> None:
        """Wait until it serves."""
        assert self.process is not None
        deadline = time.monotonic() + READY_WITHIN_S
        while READY not in (said := self.log.read_text(errors="replace")):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Kafka node {self.number} did not start:\n{said[-2_000:]}")
            time.sleep(0.01)

    def end(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End it by a signal, and wait until it is gone."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(30)


class Kafka:
    """A cluster of one broker or three."""

    def __init__(self, home: Path, brokers: int = 1) -> None:
        self.nodes = [Node(number, home / f"node{number}") for number in range(1, brokers + 1)]

    @property
    def address(self) -> KafkaAddress:
        return KafkaAddress(",".join(f"{HOST}:{node.port}" for node in self.nodes))

    def start(self) -> None:
        """Start all brokers, and wait until they serve."""
        for node in self.nodes:
            node.prepare(self.nodes)
            node.start()
        for node in self.nodes:
            node.await_ready()

    def stop(self) -> None:
        for node in self.nodes:
            node.end()


@contextmanager
def real_kafka(home: Path, brokers: int = 1) -> Iterator[Kafka]:
    """Run a new cluster until the block ends."""
    kafka = Kafka(home, brokers)
    try:
        kafka.start()
        yield kafka
    finally:
        kafka.stop()
