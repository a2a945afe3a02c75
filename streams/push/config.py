"""The settings of push, and the limits that keep one viewer from costing another anything."""

from dataclasses import dataclass, field

from schemas.addresses import KafkaAddress


@dataclass(frozen=True, slots=True)
class Limits:
    """What one viewer may ask for, and how long push waits for it."""

    # 64 names of 60 characters, and what stands round them.
    message_bytes: int = 4_096
    # The operator's desk, which follows most, follows a dozen.
    subscriptions: int = 64
    # Twelve a second, where a page sends one or two.
    frames_per_ping: int = 240
    # As other servers have it (8 to 16 kB): browsers send their cookies too.
    header_bytes: int = 16_384
    # Of answers, which are under 1 kB each: who lets so many pile up reads none.
    queue_bytes: int = 65_536
    # Of which nothing is known: names that viewers may have made up.
    empty_channels: int = 4_096
    # For handshakes and goodbyes under way, beside the viewers that have a place.
    spare_sockets: int = 256
    # A phone with a bad connection takes some seconds for three round trips.
    handshake_timeout_s: float = 10.0
    # One round trip; a page that is gone says no goodbye.
    close_timeout_s: float = 2.0
    # Below the 30 to 60 s after which proxies and phone networks forget a silent connection.
    ping_interval_s: int = 20
    # Many times what an idle log takes to answer a fetch (0.2 s), and a stumble of the network.
    log_silent_s: float = 3.0
    # Boards are said again every 5 s: two were missed.
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
