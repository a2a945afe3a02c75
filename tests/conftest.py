"""Fixtures that several tiers share."""

from collections.abc import Iterator

import pytest

from schemas.addresses import KafkaAddress
from streams.log.kafka import KafkaLog
from streams.log.topics import ensure_topics
from tests.support.broker import embedded_broker


@pytest.fixture
def broker() -> Iterator[KafkaAddress]:
    """An empty embedded broker."""
    with embedded_broker() as address:
        yield address


@pytest.fixture
async def log(broker: KafkaAddress) -> KafkaAddress:
    """An embedded broker with every topic made."""
    await ensure_topics(KafkaLog(broker))
    return broker
