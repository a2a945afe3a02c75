"""The settings of push, and the limits that keep one viewer from costing another anything."""

from dataclasses import dataclass, field

from schemas.addresses import KafkaAddress


@dataclass(frozen=True, slots=True)
class Limits:
    """What one viewer may ask for, and how long push waits for it."""

    message_bytes: int = 4_096
    subscriptions: int = 64
    frames_per_ping: int = 240
    header_bytes: int = 16_384
    queue_bytes: int = 65_536
    empty_channels: int = 4_096
    spare_sockets: int = 256
    handshake_timeout_s: float = 10.0
    close_timeout_s: float = 2.0
    ping_interval_s: int = 20
    log_silent_s: float = 3.0
    boards_silent_s: float = 12.0


@dataclass(frozen=True, slots=True)
class PushConfig:
    """`origins` are host names whose pages may connect, beside push's own; or the word `null`.

    `rehearsal` marks every session as one of a rehearsal.
    """

    host: str
    port: int
    kafka: KafkaAddress
    secret: bytes = field(repr=False)
    connections: int = 10_000
    origins: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    rehearsal: bool = False
