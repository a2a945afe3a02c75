"""The settings of the archive, and the limits of its batches."""

from dataclasses import dataclass, field

from schemas.addresses import ClickHouseAddress, KafkaAddress


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is written at once, how long it waits, and when something is said to be wrong.

    `linger_ms` is a part of what a kill -9 of the embedded broker may lose (README).
    """

    batch_messages: int = 10_000
    batch_bytes: int = 4 << 20
    linger_ms: int = 200
    insert_timeout_s: int = 30
    retry_s: float = 0.25
    longest_retry_s: float = 2.0
    boards_back: int = 50_000
    probe_s: float = 1.0
    log_silent_s: float = 3.0
    stuck_s: float = 15.0
    behind_s: float = 10.0
    drain_s: float = 7.0


@dataclass(frozen=True, slots=True)
class ArchiveConfig:
    """Where the log is, where ClickHouse is, and where the archive tells its health."""

    kafka: KafkaAddress
    clickhouse: ClickHouseAddress
    health_host: str
    health_port: int
    limits: Limits = field(default_factory=Limits)
