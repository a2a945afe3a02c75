"""What a stage controller counts, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from agents.reducers.microphone import Deed

# From a simulated device to one that confirms after it was given up (ORDER_WITHIN_S)
SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0, 10.0)


class Metrics:
    """One registry, and the stage's metrics on it."""

    def __init__(self) -> None:
        self.registry = on = CollectorRegistry()
        self.deeds = Counter(
            "tribune_stage_deeds", "Microphones opened and cut.", ["device", "deed"], registry=on
        )
        self.late_s = Histogram(
            "tribune_stage_cut_late_seconds", "Cut sent less planned.", buckets=SECONDS, registry=on
        )
        self.confirm_s = Histogram(
            "tribune_stage_confirm_seconds", "Confirmed less sent.", buckets=SECONDS, registry=on
        )
        self.answers = Gauge(
            "tribune_stage_device_answers", "Whether a device answers.", ["device"], registry=on
        )
        self.owed = Gauge("tribune_stage_owed_facts", "Facts the log has not got.", registry=on)

    def note(self, deed: Deed) -> None:
        """Count a deed."""
        if deed.confirmed_at is None:
            self.deeds.labels(deed.device, "unconfirmed").inc()
            return
        self.deeds.labels(deed.device, "opened" if deed.wish.is_open else "cut").inc()
        self.confirm_s.observe(max(0, deed.confirmed_at - deed.sent_at) / 1_000)
        if not deed.wish.is_open:
            self.late_s.observe(max(0, deed.sent_at - deed.wish.planned_at) / 1_000)
