"""What Prometheus is told of push."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Metrics:
    """All figures, in a registry of their own."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self.messages = Counter(
            "tribune_push_messages", "Snapshots and updates sent.", registry=registry
        )
        self.sent_bytes = Counter("tribune_push_bytes", "Bytes of these.", registry=registry)
        self.skipped = Counter(
            "tribune_push_skipped", "Updates held back from a stalled viewer.", registry=registry
        )
        self.send_lag = Histogram(
            "tribune_push_send_lag_seconds",
            "From hearing a board to having sent it to its last viewer.",
            # from a few viewers to what the 5 boards a second do not leave
            buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 1, 3),
            registry=registry,
        )
        self.refusals = Counter(
            "tribune_push_refusals", "What was not served.", ["reason"], registry=registry
        )
        self.boards = Counter(
            "tribune_push_boards", "Messages of the log's boards.", ["outcome"], registry=registry
        )
        self.sessions = Counter(
            "tribune_push_sessions", "States of sessions.", ["outcome"], registry=registry
        )

    def watch(self, name: str, meaning: str, figure: Callable[[], float]) -> None:
        """Show a figure that is known when it is asked for."""
        Gauge(f"tribune_push_{name}", meaning, registry=self.registry).set_function(figure)
