"""Makes the topics that are missing, and refuses a log of another shape."""

import asyncio
import logging

from schemas.catalogue import CATALOGUE
from schemas.topics import Topic
from streams.log.interface import AWAY, Log

# A log that has just come back is noticed before anybody asks for it.
RETRY_S = 0.5

log = logging.getLogger(__name__)


class WrongLog(RuntimeError):
    """The broker holds a topic of ours with another number of partitions."""


async def ensure_topics(log: Log) -> None:
    """Make every topic that is missing.

    Raises:
        WrongLog: a topic has another number of partitions: it is fixed for a log's life.
        KafkaError, OSError: the broker is away, or refuses.
    """
    held = await log.partitions()
    missing = [topic for topic in CATALOGUE if topic not in held]
    if missing and not await log.make(missing):
        held = await log.partitions()
    for topic, found in _strange(held).items():
        raise WrongLog(
            f"topic {topic} has {found} partitions, not {CATALOGUE[topic].partitions}: "
            "the number is fixed for a log's life; use a new cluster or another topic"
        )


async def await_topics(the_log: Log) -> None:
    """Make every topic that is missing, as soon as the log answers.

    Raises:
        WrongLog: as `ensure_topics`.
    """
    while True:
        try:
            return await ensure_topics(the_log)
        except AWAY as error:
            log.warning("the log at %s: %s; trying again", the_log.where, error or repr(error))
            await asyncio.sleep(RETRY_S)


def _strange(held: dict[Topic, int]) -> dict[Topic, int]:
    """Our topics that have another number of partitions, and how many they have."""
    return {topic: found for topic, found in held.items() if found != CATALOGUE[topic].partitions}
