"""What the archive counts, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 15.0)
SIZES = (1, 10, 100, 1_000, 5_000, 10_000, 50_000)


class Metrics:
    """One registry, and the archive's metrics on it."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.messages = Counter(
            "tribune_archive_messages", "Messages in ClickHouse.", ["topic"], registry=self.registry
        )
        self.unreadable = Counter(
            "tribune_archive_unreadable",
            "Messages that could not be read.",
            ["topic"],
            registry=self.registry,
        )
        self.retries = Counter(
            "tribune_archive_retries", "Inserts that were tried again.", registry=self.registry
        )
        self.insert_s = Histogram(
            "tribune_archive_insert_seconds",
            "Duration of an insert.",
            buckets=SECONDS,
            registry=self.registry,
        )
        self.batch = Histogram(
            "tribune_archive_batch_messages",
            "Messages of an insert.",
            buckets=SIZES,
            registry=self.registry,
        )
        self.behind = Gauge(
            "tribune_archive_behind_messages",
            "Messages of the log that are not in ClickHouse.",
            registry=self.registry,
        )
        self.oldest_s = Gauge(
            "tribune_archive_oldest_unarchived_seconds",
            "Age of the oldest message that was read and is not in ClickHouse.",
            registry=self.registry,
        )
