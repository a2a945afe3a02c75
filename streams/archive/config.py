"""The settings of the archive, and the limits of its batches."""

from dataclasses import dataclass, field

from schemas.addresses import ClickHouseAddress, KafkaAddress


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is written at once, how long it waits, and when something is said to be wrong.

    `linger_ms` is a part of what a kill -9 of the embedded broker may lose (README).
    """

    # Frames reach `batch_bytes` first; this bounds a batch of single ballots, of which two are held
    batch_messages: int = 10_000
    # 80 frames of 50 kB, or 40,000 ballots, which the embedded ClickHouse takes in 0.1 s (measured)
    batch_bytes: int = 4 << 20
    # At 100 ms ClickHouse was written to twice as often, for a wait that no analyst sees
    linger_ms: int = 200
    # ClickHouse may hold an insert back while it merges; one that is given up is written again
    insert_timeout_s: int = 30
    # A ClickHouse that starts anew is there in a second; each further try waits twice as long
    retry_s: float = 0.25
    # So late at the most after ClickHouse is back
    longest_retry_s: float = 2.0
    # The hour that the log keeps (schemas.topics), of three boards that move four times a second
    boards_back: int = 50_000
    # Three times in `log_silent_s`: one lost answer is no alarm
    probe_s: float = 1.0
    # Above the 2.9 s that three brokers took when one was killed (measured)
    log_silent_s: float = 3.0
    # After 8 s a rejoin was taken for a hang too (measured, as for the watchdog of a worker)
    stuck_s: float = 15.0
    # Said to the operator, not acted on: fifty times `linger_ms`
    behind_s: float = 10.0
    # Below `STOP_WITHIN_S` of tribune.supervise.crew (9.5 s), which kills then
    drain_s: float = 7.0


@dataclass(frozen=True, slots=True)
class ArchiveConfig:
    """Where the log is, where ClickHouse is, and where the archive tells its health."""

    kafka: KafkaAddress
    clickhouse: ClickHouseAddress
    health_host: str
    health_port: int
    limits: Limits = field(default_factory=Limits)
