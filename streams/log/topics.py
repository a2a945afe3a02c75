"""Makes the topics that are missing, and refuses a log of another shape."""

from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from schemas.addresses import KafkaAddress
from schemas.catalogue import CATALOGUE
from schemas.topics import Topic

MOST_REPLICAS = 3


class WrongLog(RuntimeError):
    """The broker holds a topic of ours with another number of partitions."""


async def ensure_topics(address: KafkaAddress, *, is_new: bool = False) -> None:
    """Make every topic that is missing, on up to three brokers each.

    On a broker that `is_new` a topic of another shape is made again: the embedded one makes any
    topic that somebody only asks after, and a screen or a tool may ask before we do.

    Raises:
        WrongLog: a topic has another number of partitions: it is fixed for a log's life.
        KafkaError: the broker is away, or refuses.
    """
    admin = AIOKafkaAdminClient(**address.client_options())
    await admin.start()
    try:
        existing = set(await admin.list_topics())
        if is_new and (strange := await _strange(admin, existing)):
            await admin.delete_topics(list(strange))
            existing -= strange.keys()
        await _make(admin, [topic for topic in CATALOGUE if topic not in existing])
        for topic, found in (await _strange(admin, set(map(str, CATALOGUE)))).items():
            raise WrongLog(
                f"topic {topic} has {found} partitions, not {CATALOGUE[Topic(topic)].partitions}: "
                "the number is fixed for a log's life; use a new cluster or another topic"
            )
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
            num_partitions=CATALOGUE[topic].partitions,
            replication_factor=replication,
            topic_configs=CATALOGUE[topic].config,
        )
        for topic in missing
    ]
    answer: Any = await admin.create_topics(wanted)
    for topic, code, *message in answer.topic_errors:
        error: type[KafkaError] = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            raise error(f"topic {topic}: {message}")


async def _strange(admin: AIOKafkaAdminClient, existing: set[str]) -> dict[str, int]:
    """Our topics that have another number of partitions, and how many they have."""
    ours = [str(topic) for topic in CATALOGUE if topic in existing]
    described = await admin.describe_topics(ours) if ours else []
    counts = {entry["topic"]: len(entry["partitions"]) for entry in described}
    return {
        topic: found
        for topic, found in counts.items()
        if found and found != CATALOGUE[Topic(topic)].partitions
    }
