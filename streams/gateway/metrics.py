"""What the gateway counts, for Prometheus."""

from collections import Counter
from collections.abc import Callable, Iterator

import prometheus_client as prometheus
from prometheus_client.core import CounterMetricFamily

# Up to a full frame (FrameBounds.ballots)
BALLOTS_A_FRAME = (1, 2, 5, 10, 20, 50, 100, 200, 500)
# From an ack on this machine to twice the answer's timeout (GatewayLimits.answer_timeout_ms)
ACK_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0)


class GatewayMetrics:
    """One registry, and what is counted for every request at hand as plain numbers."""

    def __init__(self) -> None:
        self.registry = prometheus.CollectorRegistry()
        self._answered: Counter[tuple[str, str]] = Counter()
        self._taken: Counter[str] = Counter()
        self.frame_ballots = prometheus.Histogram(
            "tribune_gateway_frame_ballots",
            "Ballots in a frame.",
            buckets=BALLOTS_A_FRAME,
            registry=self.registry,
        )
        self.ack_seconds = prometheus.Histogram(
            "tribune_gateway_ack_seconds",
            "From sending a frame to its ack.",
            buckets=ACK_SECONDS,
            registry=self.registry,
        )
        self.unacked_frames = prometheus.Counter(
            "tribune_gateway_unacked_frames",
            "Frames that the log did not acknowledge in time.",
            registry=self.registry,
        )
        self.dead_letters = prometheus.Counter(
            "tribune_gateway_dead_letters",
            "Messages of the log that could not be read.",
            ("topic",),
            registry=self.registry,
        )
        self.registry.register(self)

    def answered(self, door: str, outcome: str) -> None:
        """Count a request."""
        self._answered[door, outcome] += 1

    def taken(self, door: str, ballots: int) -> None:
        """Count ballots that were acknowledged."""
        self._taken[door] += ballots

    def watch(self, name: str, words: str, read: Callable[[], float]) -> None:
        """Show a figure as it is when it is asked for."""
        gauge = prometheus.Gauge(f"tribune_gateway_{name}", words, registry=self.registry)
        gauge.set_function(read)

    def collect(self) -> Iterator[CounterMetricFamily]:
        """What the registry asks for."""
        requests = CounterMetricFamily(
            "tribune_gateway_requests",
            "Requests answered, by door and by what came of them.",
            labels=("door", "outcome"),
        )
        for (door, outcome), count in self._answered.items():
            requests.add_metric((door, outcome), count)
        ballots = CounterMetricFamily(
            "tribune_gateway_ballots", "Ballots that the log has, by door.", labels=("door",)
        )
        for door, count in self._taken.items():
            ballots.add_metric((door,), count)
        yield from (requests, ballots)
