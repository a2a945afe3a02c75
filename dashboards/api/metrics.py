"""What the console counts, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

BUCKETS_S = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class Metrics:
    """One registry per console."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "tribune_console_requests",
            "requests by route and status",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.request_seconds = Histogram(
            "tribune_console_request_seconds",
            "time to answer, by route",
            ("route",),
            buckets=BUCKETS_S,
            registry=self.registry,
        )
        self.facts = Counter(
            "tribune_console_facts", "facts written, by type", ("type",), registry=self.registry
        )
        self.refused_bearers = Counter(
            "tribune_console_refused_bearers",
            "requests without a good token, by reason",
            ("reason",),
            registry=self.registry,
        )
        self.unreadable = Counter(
            "tribune_console_unreadable",
            "messages of the log that could not be read, by topic",
            ("topic",),
            registry=self.registry,
        )
        self.folded_to = Gauge(
            "tribune_console_folded_to",
            "next offset of `broadcasts` to fold",
            registry=self.registry,
        )
