"""Makes the topics that are missing, and refuses a log of another shape."""

from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from schemas.addresses import KafkaAddress
from schemas.topics import SPECS, Topic

MOST_REPLICAS = 3


class WrongLog(RuntimeError):
    """The broker holds a topic of ours with another number of partitions."""


async def ensure_topics(address: KafkaAddress) -> None:
    """Make every topic that is missing, on up to three brokers each.

    Raises:
        WrongLog: a topic has another number of partitions: it is fixed for a log's life.
        KafkaError: the broker is away, or refuses.
    """
    admin = AIOKafkaAdminClient(**address.client_options())
    await admin.start()
    try:
        existing = set(await admin.list_topics())
        await _make(admin, [topic for topic in SPECS if topic not in existing])
        await _check(admin, [topic for topic in SPECS if topic in existing])
    finally:
        await admin.close()


async def _make(admin: AIOKafkaAdminClient, missing: list[Topic]) -> None:
    if not missing:
        return
    cluster = await admin.describe_cluster()
    replication = min(MOST_REPLICAS, len(cluster["brokers"]))
    wanted = [
        NewTopic(
            name=str(topic),
            num_partitions=SPECS[topic].partitions,
            replication_factor=replication,
            topic_configs=SPECS[topic].config,
        )
        for topic in missing
    ]
    answer: Any = await admin.create_topics(wanted)
    for topic, code, *message in answer.topic_errors:
        error: type[KafkaError] = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            raise error(f"topic {topic}: {message}")


async def _check(admin: AIOKafkaAdminClient, existing: list[Topic]) -> None:
    if not existing:
        return
    for described in await admin.describe_topics([str(topic) for topic in existing]):
        topic, found = described["topic"], len(described["partitions"])
        wanted = SPECS[Topic(topic)].partitions
        if found and found != wanted:
            raise WrongLog(
                f"topic {topic} has {found} partitions, not {wanted}: "
                "the number is fixed for a log's life; use a new cluster or another topic"
            )
