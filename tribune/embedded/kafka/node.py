"""How the one node of the embedded Kafka is set up: its settings, and Java's.

Measured with Apache Kafka 4.4 on Java 25; what each number is for stands beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tribune.embedded.kafka.controller import CONTROLLER
from tribune.embedded.kafka.rights import ADMIN

HOST = "127.0.0.1"
CLUSTER = "dHJpYnVuZS1sb2ctMDEyMw"
MAIN = "kafka.Kafka"

JVM = (
    # 160-220 MB of memory in all; a heap of 160 MB took 55,000 frames of 4 kB a second.
    "-Xms64m",
    "-Xmx160m",
    "-Xss512k",
    "-XX:MaxMetaspaceSize=96m",
    "-XX:ReservedCodeCacheSize=48m",
    "-XX:MaxDirectMemorySize=48m",
    # One thread collects: more would only wait for each other on two cores.
    "-XX:+UseSerialGC",
    # Quick to start, and quick enough: the second compiler would work through the first minutes.
    "-XX:TieredStopAtLevel=1",
    # A broker without memory must end and be started again, not go on half alive.
    "-XX:+ExitOnOutOfMemoryError",
    # Its counters for other tools would be a file in /tmp that anyone may read.
    "-XX:-UsePerfData",
    # Kafka unmaps files by it; Java 25 would warn of that at each start.
    "--sun-misc-unsafe-memory-access=allow",
)

LOG4J = """status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %p %c{1}: %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
# It warns of every first start.
logger.quorum.name = org.apache.kafka.controller.QuorumController
logger.quorum.level = error
"""


@dataclass(frozen=True, slots=True)
class Node:
    """Where the node listens and keeps its data; `controller_password` is that of this start."""

    port: int
    controller_port: int
    data: Path
    flush_ms: int
    admin_password: str
    controller_password: str


def server_properties(node: Node) -> str:
    """The settings of a node that is broker and controller, on loopback, with a password each."""
    return as_properties(
        {
            "node.id": 1,
            "controller.quorum.voters": f"1@{HOST}:{node.controller_port}",
            **listeners(node),
            **everywhere(node.data, node.flush_ms),
        }
    )


def as_properties(settings: Mapping[str, object]) -> str:
    """Settings as Java reads them."""
    return "".join(f"{key}={value}\n" for key, value in settings.items())


def everywhere(data: Path, flush_ms: int) -> dict[str, object]:
    """What holds for any small node, whoever may talk to it."""
    return {
        "process.roles": "broker,controller",
        "log.dirs": data,
        "auto.create.topics.enable": "false",
        **_alone(),
        **_small(),
        **_on_disk(flush_ms),
    }


def listeners(node: Node) -> dict[str, object]:
    """Both ports ask for a name and a password; who may do what is in the log itself."""
    scram = "org.apache.kafka.common.security.scram.ScramLoginModule required"
    plain = "org.apache.kafka.common.security.plain.PlainLoginModule required"
    secret = node.controller_password
    return {
        "listeners": f"ROLES://{HOST}:{node.port},CONTROLLER://{HOST}:{node.controller_port}",
        "advertised.listeners": f"ROLES://{HOST}:{node.port}",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "ROLES",
        "listener.security.protocol.map": "ROLES:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
        "sasl.mechanism.controller.protocol": "PLAIN",
        "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.roles.scram-sha-512.sasl.jaas.config": (
            f'{scram} username="{ADMIN}" password="{node.admin_password}";'
        ),
        "listener.name.controller.plain.sasl.jaas.config": (
            f'{plain} username="{CONTROLLER}" password="{secret}" user_{CONTROLLER}="{secret}";'
        ),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:{ADMIN};User:{CONTROLLER}",
    }


def _alone() -> dict[str, object]:
    """One copy of everything, and no wait for others that will not come."""
    return {
        "offsets.topic.replication.factor": 1,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        "group.initial.rebalance.delay.ms": 0,
        "group.min.session.timeout.ms": 1_000,
        "controller.quorum.election.timeout.ms": 200,
        "controller.quorum.fetch.timeout.ms": 1_000,
        # It decides the way back after a kill: 3 s. Of 600 ms a busy machine made itself a ghost.
        "broker.session.timeout.ms": 2_000,
        "broker.heartbeat.interval.ms": 400,
    }


def _small() -> dict[str, object]:
    """Few threads and small buffers: a hundred connections, some hundred messages a second."""
    return {
        "num.network.threads": 1,
        "num.io.threads": 2,
        "background.threads": 2,
        "num.recovery.threads.per.data.dir": 1,
        "offsets.topic.num.partitions": 1,
        "transaction.state.log.num.partitions": 1,
        # The system's own buffers: Kafka's are for long lines.
        "socket.send.buffer.bytes": -1,
        "socket.receive.buffer.bytes": -1,
        # Compaction is for committed offsets only; they are few.
        "log.cleaner.dedupe.buffer.size": 4 << 20,
        "log.cleaner.io.buffer.size": 128 << 10,
    }


def _on_disk(flush_ms: int) -> dict[str, object]:
    """Small segments and indexes, since both are made full size; and when a disk is asked."""
    settings: dict[str, object] = {
        "log.segment.bytes": 64 << 20,
        "log.index.size.max.bytes": 1 << 20,
        "offsets.topic.segment.bytes": 16 << 20,
    }
    if not flush_ms:
        return settings | {"log.flush.interval.messages": 1}
    return settings | {
        "log.flush.interval.ms": flush_ms,
        "log.flush.scheduler.interval.ms": flush_ms,
    }
