"""The bounds of connections and requests."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """How many may be in, how much each may send, and how long each step may take."""

    # `[limits] connections`: the phones of a hall and WeChat's servers, with room; each costs a
    # descriptor (streams.running) and holds one request that is half read at the most
    connections: int = 10_000
    # More than browsers send with all cookies; on all connections at once it is 160 MB
    header_bytes: int = 16 * 1024
    # A packet that is lost three times in a row has come again after 1 + 2 + 4 s; a peer that drips
    # bytes to hold its place is out soon (slowloris)
    header_timeout_ms: int = 10_000
    # As long as nginx keeps its own to a server: a proxy need not connect anew for each vote
    idle_timeout_ms: int = 60_000
    # CONTRACT, Gateway: 413 above it; it holds the 500 ballots of a list at 125 bytes each
    body_bytes: int = 64 * 1024
    # As for a head: a body of this size is a few packets
    body_timeout_ms: int = 10_000
