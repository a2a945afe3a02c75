"""What the console counts, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

# From a board in memory to what waits for log or ClickHouse (5 s)
BUCKETS_S = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class Metrics:
    """One registry per console."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = self._counter(
            "requests", "requests by route and status", "method", "route", "status"
        )
        self.request_seconds = Histogram(
            "tribune_console_request_seconds",
            "time to answer, by route",
            ("route",),
            buckets=BUCKETS_S,
            registry=self.registry,
        )
        self.facts = self._counter("facts", "facts written, by type", "type")
        self.refused_bearers = self._counter(
            "refused_bearers", "requests without a good token, by reason", "reason"
        )
        self.unreadable = self._counter("unreadable", "unreadable messages of the log", "topic")
        self.folded_to = Gauge(
            "tribune_console_folded_to", "next offset of broadcasts", registry=self.registry
        )

    def _counter(self, name: str, says: str, *labels: str) -> Counter:
        return Counter(f"tribune_console_{name}", says, labels, registry=self.registry)
