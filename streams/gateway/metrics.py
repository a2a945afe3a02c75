"""What the gateway counts, for Prometheus."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

BALLOTS_A_FRAME = (1, 2, 5, 10, 20, 50, 100, 200, 500)
ACK_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0)


class GatewayMetrics:
    """One registry, its counters at hand; a counter's child is looked up once and kept."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "tribune_gateway_requests",
            "Requests answered, by door and by what came of them.",
            ("door", "outcome"),
            registry=self.registry,
        )
        self._ballots = Counter(
            "tribune_gateway_ballots",
            "Ballots that the log has, by door.",
            ("door",),
            registry=self.registry,
        )
        self.frame_ballots = Histogram(
            "tribune_gateway_frame_ballots",
            "Ballots in a frame.",
            buckets=BALLOTS_A_FRAME,
            registry=self.registry,
        )
        self.ack_seconds = Histogram(
            "tribune_gateway_ack_seconds",
            "From sending a frame to its ack.",
            buckets=ACK_SECONDS,
            registry=self.registry,
        )
        self.unacked_frames = Counter(
            "tribune_gateway_unacked_frames",
            "Frames that the log did not acknowledge in time.",
            registry=self.registry,
        )
        self.dead_letters = Counter(
            "tribune_gateway_dead_letters",
            "Messages of the log that could not be read.",
            ("topic",),
            registry=self.registry,
        )
        self._answered: dict[tuple[str, str], Counter] = {}
        self._taken: dict[str, Counter] = {}

    def answered(self, door: str, outcome: str) -> None:
        """Count a request."""
        child = self._answered.get((door, outcome))
        if child is None:
            child = self._answered[door, outcome] = self._requests.labels(door, outcome)
        child.inc()

    def taken(self, door: str, ballots: int) -> None:
        """Count ballots that were acknowledged."""
        child = self._taken.get(door)
        if child is None:
            child = self._taken[door] = self._ballots.labels(door)
        child.inc(ballots)

    def watch(self, name: str, words: str, read: Callable[[], float]) -> None:
        """Show a figure as it is when it is asked for."""
        Gauge(f"tribune_gateway_{name}", words, registry=self.registry).set_function(read)
