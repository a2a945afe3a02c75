"""What the archive counts, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

# From an insert of one message to half of `insert_timeout_s`
SECONDS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 15.0)
# Up to `batch_messages`, and beyond it for who sets another
SIZES = (1, 10, 100, 1_000, 5_000, 10_000, 50_000)


class Metrics:
    """One registry, and the archive's metrics on it."""

    def __init__(self) -> None:
        self.registry = on = CollectorRegistry()
        self.messages = Counter(
            "tribune_archive_messages", "Messages in ClickHouse.", ["topic"], registry=on
        )
        self.unreadable = Counter(
            "tribune_archive_unreadable", "Messages nobody can read.", ["topic"], registry=on
        )
        self.retries = Counter(
            "tribune_archive_retries", "Writes that were tried again.", registry=on
        )
        self.insert_s = Histogram(
            "tribune_archive_insert_seconds", "Time of an insert.", buckets=SECONDS, registry=on
        )
        self.batch = Histogram(
            "tribune_archive_batch_messages", "Messages of an insert.", buckets=SIZES, registry=on
        )
        self.behind = Gauge(
            "tribune_archive_behind_messages", "Messages not in ClickHouse.", registry=on
        )
        self.oldest_s = Gauge(
            "tribune_archive_oldest_unarchived_seconds",
            "Age of the oldest message that was read and is not in ClickHouse.",
            registry=on,
        )
