"""Fixtures that several tiers share, and the watch over how long tests take."""

from collections.abc import Iterator

import pytest

from schemas.addresses import KafkaAddress
from streams.log.kafka import KafkaLog
from streams.log.topics import ensure_topics
from tests.support.broker import embedded_broker, shared_log

# A test of more seconds says why by `@pytest.mark.long(REASON)`: ten minutes are shared by 2,500.
LONG_S = 20.0


@pytest.fixture
def broker() -> KafkaAddress:
    """An empty log, on a broker that others use too."""
    return shared_log()


@pytest.fixture
async def log(broker: KafkaAddress) -> KafkaAddress:
    """A log with every topic made, on a broker that others use too."""
    await ensure_topics(KafkaLog(broker))
    return broker


@pytest.fixture
def own_broker() -> Iterator[KafkaAddress]:
    """An empty broker of this test's own, which it may end."""
    with embedded_broker() as address:
        yield address


@pytest.fixture
async def own_log(own_broker: KafkaAddress) -> KafkaAddress:
    """A broker of this test's own with every topic made."""
    await ensure_topics(KafkaLog(own_broker))
    return own_broker


class LongTests:
    """Collects the tests that are long without a mark, on the process that reports."""

    def __init__(self) -> None:
        self.found: list[pytest.TestReport] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.duration > LONG_S and "long" not in report.keywords:
            self.found.append(report)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for report in self.found:
            terminalreporter.write_line(
                f"LONG WITHOUT A MARK: {report.nodeid} took {report.duration:.1f} s; "
                "@pytest.mark.long(REASON) says why"
            )


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # only where results come together under xdist
        config.pluginmanager.register(LongTests())
