"""Many requests of every kind of wrong: no 5xx, no crash, memory flat."""

import asyncio

import psutil
import pytest

from streams.gateway.config import GatewayLimits
from streams.log.kafka import KafkaLog
from streams.log.topics import ensure_topics
from tests.support.broker import shared_log
from tests.support.fuzz import Fuzz, Tally, send_all
from tests.support.gateway import ballots_in, open_evening, running_gateway

LIMITS = GatewayLimits(
    per_partner_per_second=1_000_000, header_timeout_ms=1_000, body_timeout_ms=1_000
)
NIGHTLY = [
    pytest.mark.chaos,
    pytest.mark.soak,
    pytest.mark.long("a hundred thousand requests"),
    pytest.mark.timeout(900),
]
KINDS = {200, 400, 401, 404, 405, 408, 413}


@pytest.mark.parametrize(
    ("count", "grows_mb"),
    [(4_000, 20), pytest.param(100_000, 20, marks=NIGHTLY)],
)
def test_whatever_is_sent_gets_an_answer_that_is_no_fault_of_the_gateways(
    count: int, grows_mb: int
) -> None:
    address = shared_log()
    asyncio.run(ensure_topics(KafkaLog(address)))
    asyncio.run(open_evening(address))
    with running_gateway(address, limits=LIMITS) as gateway:
        process, tally = psutil.Process(gateway.process.pid), Tally()
        rss_mb: dict[int, float] = {}
        for answered in send_all(gateway.port, Fuzz(seed=7).requests(count), tally):
            rss_mb.setdefault(answered * 10 // count, process.memory_info().rss / 1e6)
        assert gateway.health()[0] == 200
        taken = gateway.metric("tribune_gateway_ballots_total", door="partner")
        failed = gateway.metric("tribune_gateway_requests_total", outcome="internal_error")
    assert tally.answered == count
    assert not [status for status in tally.statuses if status >= 500]
    assert set(tally.statuses) >= KINDS
    assert failed == 0
    assert taken > count / 10
    partners = [each for each in asyncio.run(ballots_in(address)) if "acme" in each.source]
    assert len(partners) == taken
    assert rss_mb[9] - rss_mb[2] < grows_mb, rss_mb
