"""The bounds of connections and requests."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """How many may be in, how much each may send, and how long each step may take."""

    connections: int = 10_000
    header_bytes: int = 16 * 1024
    header_timeout_ms: int = 10_000
    idle_timeout_ms: int = 60_000
    body_bytes: int = 64 * 1024
    body_timeout_ms: int = 10_000
