"""Each test of this tier runs on a real Apache Kafka: the one that `tribune up` embeds."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from schemas.addresses import KafkaAddress
from streams.log.kafka import KafkaLog
from streams.log.topics import ensure_topics
from tests.support.evening import Evening, evening
from tests.support.kafka import Kafka, real_kafka
from tests.support.workers import Worker, Workers, workers_of

NAMES = count(1)
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # brokers are ended on purpose


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """A Kafka of one broker, for all tests; each has a broadcast of its own on it."""
    with real_kafka(tmp_path_factory.mktemp("kafka")) as running:
        yield running


@pytest.fixture(scope="session")
def three_brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """A Kafka of three brokers."""
    with real_kafka(tmp_path_factory.mktemp("kafka3"), brokers=3) as running:
        yield running


@pytest.fixture(scope="module")
def address(kafka: Kafka) -> KafkaAddress:
    """A log of this module with every topic made."""
    found = replace(kafka.address, prefix=f"contract{next(NAMES)}-")
    asyncio.run(ensure_topics(KafkaLog(found)))
    return found


@pytest.fixture
async def round_(address: KafkaAddress) -> AsyncIterator[Evening]:
    """An open round on that log."""
    async with evening(address, f"evening{next(NAMES)}") as held:
        yield held


@pytest.fixture
def workers(address: KafkaAddress, tmp_path: Path) -> Iterator[Workers]:
    """Workers on that log, for one test."""
    with workers_of(address, tmp_path) as held:
        yield held


@pytest.fixture(scope="module")
def standing(address: KafkaAddress, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    """Workers on that log, for a module's tests."""
    with workers_of(address, tmp_path_factory.mktemp("standing")) as held:
        yield held


@pytest.fixture
def worker(standing: Workers) -> Worker:
    """The one worker on that log; a test may end it, then the next one gets another."""
    held = standing.started[-1] if standing.started else None
    if held is None or held.process.poll() is not None:
        held = standing.start(f"standing{len(standing.started)}")
    return held
