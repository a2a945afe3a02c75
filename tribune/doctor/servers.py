"""Asks one's own Kafka and ClickHouse whether they would serve."""

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import Any
from urllib.error import URLError

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from schemas.catalogue import CATALOGUE
from tribune.embedded.kafka.rights import ADMIN
from tribune.restore.archived import Archive, QueryRefused
from tribune.settings.addresses import clickhouse_address, kafka_address
from tribune.settings.shape import Settings

# A broker far away with TLS and SASL answers in one or two; the doctor waits for each server once
ANSWER_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True)
class KafkaFound:
    """A Kafka that answers: how many brokers, and what of its topics would not do."""

    brokers: int
    problems: list[str]


@dataclass(frozen=True, slots=True)
class ClickHouseFound:
    """A ClickHouse that answers; its clock less this machine's, ms."""

    version: str
    url: str
    clock_offset_ms: int


async def find_kafka(settings: Settings) -> KafkaFound | str:
    """Ask Kafka, or say why that fails."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            return await _ask_kafka(settings)
    except TimeoutError:
        return f"does not answer within {ANSWER_WITHIN_S:.0f} s"
    except (KafkaError, OSError) as error:
        return (
            f"{error}; check that it runs, that this machine reaches it, and username, password, "
            "security_protocol and ca_file under [kafka]"
        )


async def _ask_kafka(settings: Settings) -> KafkaFound:
    admin = AIOKafkaAdminClient(**kafka_address(settings, ADMIN).client_options())
    try:
        await admin.start()
        cluster = await admin.describe_cluster()
        topics = await admin.describe_topics()
    finally:
        await admin.close()
    return KafkaFound(len(cluster["brokers"]), _wrong_topics(topics))


def _wrong_topics(topics: list[Any]) -> list[str]:
    found = {topic["topic"]: len(topic["partitions"]) for topic in topics}
    return [
        f"topic {topic} has {found[topic]} partitions, not {spec.partitions}: the number is fixed "
        "for a log's life; delete the topic, or use another cluster"
        for topic, spec in CATALOGUE.items()
        if topic in found and found[topic] != spec.partitions
    ]


def find_clickhouse(settings: Settings) -> ClickHouseFound | str:
    """Ask ClickHouse, or say why that fails."""
    address = clickhouse_address(settings)
    archive = Archive(address)
    try:
        asked = time.time()
        version, clock_ms = asyncio.run(archive.version())
        here_ms = (asked + time.time()) / 2 * 1000
        return ClickHouseFound(version, address.url, round(clock_ms - here_ms))
    except QueryRefused as error:
        return f"ClickHouse at {address.url} refuses: {error}; check user and password"
    except (URLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        return f"ClickHouse at {address.url} does not answer ({reason}); check [clickhouse] url"
