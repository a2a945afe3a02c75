"""A real Apache Kafka for tests: from Maven Central, on loopback, one broker or three.

The jars are kept under `.cache/kafka` in the checkout. Without Java 17 or Maven the tests that need
it are skipped and say so, unless `TRIBUNE_REQUIRE_ALL=1`: then they fail.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from schemas.addresses import KafkaAddress
from tests.support.ports import free_port

VERSION = "4.4.0"
CACHE = Path(__file__).parents[2] / ".cache" / "kafka"
CLUSTER_ID = "dHJpYnVuZS1sb2ctMDEyMw"
READY_WITHIN_S = 60.0
JVM = ["-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]

POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>tribune</groupId><artifactId>kafka-for-tests</artifactId><version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId>
      <version>{VERSION}</version></dependency>
    <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId>
      <version>2.25.5</version></dependency>
  </dependencies>
</project>
"""

LOG4J = """status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %p %c{1}: %m%n
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
"""


class Absent(RuntimeError):
    """This machine cannot run a real Kafka; the text says why."""


def kafka_jars() -> Path:
    """The directory of Kafka's jars, fetched the first time.

    Raises:
        Absent: Java or Maven is missing, or Maven could not fetch them.
    """
    if shutil.which("java") is None:
        raise Absent("no Java here (apt-get install openjdk-17-jre-headless)")
    jars = CACHE / VERSION
    if jars.is_dir():
        return jars
    if shutil.which("mvn") is None:
        raise Absent("no Maven here (apt-get install maven)")
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not jars.is_dir():
            _fetch(jars)
    return jars


def _fetch(jars: Path) -> None:
    work = CACHE / "fetching"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    (work / "pom.xml").write_text(POM)
    command = ["mvn", "-q", "-B", "dependency:copy-dependencies", "-DincludeScope=runtime"]
    done = subprocess.run(
        [*command, f"-DoutputDirectory={work / 'jars'}"],
        cwd=work,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode:
        raise Absent(f"Maven could not fetch Kafka: {done.stdout.strip()[-300:]}")
    (work / "jars").rename(jars)
    shutil.rmtree(work)


class Node:
    """One broker, which is a controller too."""

    def __init__(self, number: int, home: Path) -> None:
        self.number = number
        self.port = free_port()
        self.controller_port = free_port()
        self.home = home
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.home / "broker.log"

    def write_settings(self, nodes: "list[Node]") -> None:
        self.home.mkdir(parents=True)
        voters = ",".join(f"{n.number}@127.0.0.1:{n.controller_port}" for n in nodes)
        copies = min(3, len(nodes))
        settings = {
            "process.roles": "broker,controller",
            "node.id": self.number,
            "controller.quorum.voters": voters,
            "controller.listener.names": "CONTROLLER",
            "listeners": f"PLAINTEXT://127.0.0.1:{self.port},"
            f"CONTROLLER://127.0.0.1:{self.controller_port}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{self.port}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "PLAINTEXT",
            "log.dirs": self.home / "data",
            "auto.create.topics.enable": "false",
            "default.replication.factor": copies,
            "min.insync.replicas": max(1, copies - 1),
            "offsets.topic.replication.factor": copies,
            "offsets.topic.num.partitions": 4,
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.min.isr": max(1, copies - 1),
            "share.coordinator.state.topic.replication.factor": copies,
            "share.coordinator.state.topic.min.isr": max(1, copies - 1),
            "group.initial.rebalance.delay.ms": 0,
            "group.min.session.timeout.ms": 1_000,
            "log.cleaner.dedupe.buffer.size": 4_194_304,
            "controller.quorum.election.timeout.ms": 300,
            "controller.quorum.fetch.timeout.ms": 1_000,
            "broker.heartbeat.interval.ms": 500,
            "broker.session.timeout.ms": 2_000,
        }
        lines = "".join(f"{key}={value}\n" for key, value in settings.items())
        (self.home / "server.properties").write_text(lines)
        (self.home / "log4j2.properties").write_text(LOG4J)

    def _java(self, *arguments: str) -> list[str]:
        classpath = f"{kafka_jars()}/*"
        log4j = f"-Dlog4j2.configurationFile={self.home / 'log4j2.properties'}"
        return ["java", *JVM, log4j, "-cp", classpath, *arguments]

    def format(self) -> None:
        """Make its storage."""
        settings = str(self.home / "server.properties")
        command = self._java("kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-g")
        done = subprocess.run([*command, "-c", settings], capture_output=True, check=False)
        if done.returncode:
            raise RuntimeError(f"Kafka could not be formatted: {done.stderr[-500:]!r}")

    def start(self) -> None:
        """Start it, without waiting."""
        with self.log.open("ab") as log:
            log.truncate(0)
            settings = str(self.home / "server.properties")
            self.process = subprocess.Popen(
                self._java("kafka.Kafka", settings), stdout=log, stderr=log
            )

    def await_ready(self) -> None:
        """Wait until it serves."""
        assert self.process is not None
        deadline = time.monotonic() + READY_WITHIN_S
        while "Kafka Server started" not in self.log.read_text(errors="replace"):
            if self.process.poll() is not None or time.monotonic() > deadline:
                tail = self.log.read_text(errors="replace")[-2_000:]
                raise RuntimeError(f"Kafka node {self.number} did not start:\n{tail}")
            time.sleep(0.05)

    def end(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End it by a signal, and wait until it is gone."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(30)


class Kafka:
    """A cluster of one broker or three."""

    def __init__(self, home: Path, brokers: int = 1) -> None:
        self.nodes = [Node(number, home / f"node{number}") for number in range(1, brokers + 1)]
        for node in self.nodes:
            node.write_settings(self.nodes)

    @property
    def address(self) -> KafkaAddress:
        return KafkaAddress(",".join(f"127.0.0.1:{node.port}" for node in self.nodes))

    def start(self) -> None:
        """Start all brokers, and wait until they serve."""
        with ThreadPoolExecutor() as pool:
            list(pool.map(Node.format, self.nodes))
        for node in self.nodes:
            node.start()
        for node in self.nodes:
            node.await_ready()

    def stop(self) -> None:
        for node in self.nodes:
            node.end()


@contextmanager
def real_kafka(home: Path, brokers: int = 1) -> Iterator[Kafka]:
    """Run a new cluster until the block ends; skips, or fails, where that is not possible."""
    try:
        kafka_jars()
    except Absent as absent:
        if os.environ.get("TRIBUNE_REQUIRE_ALL") == "1":
            pytest.fail(f"a real Kafka is required here: {absent}")
        pytest.skip(f"A REAL KAFKA CANNOT RUN HERE: {absent}")
    kafka = Kafka(home, brokers)
    try:
        kafka.start()
        yield kafka
    finally:
        kafka.stop()
