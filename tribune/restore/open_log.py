"""Opens the embedded log: its users, rights and topics; a new one gets what the archive holds."""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar
from urllib.error import URLError

from aiokafka.errors import KafkaError

from schemas.addresses import KafkaAddress
from schemas.topics import Topic
from streams.log.kafka import KafkaLog
from streams.log.replay import replay
from streams.log.topics import WrongLog, ensure_topics
from tribune.embedded.kafka.controller import set_users
from tribune.embedded.kafka.rights import ADMIN, USERS, rights
from tribune.embedded.kafka.start import controller_password
from tribune.restore.archived import Archive, Refused
from tribune.restore.refill import CannotRefill, refill
from tribune.settings.addresses import LOOPBACK, clickhouse_address, kafka_address
from tribune.settings.secret import log_password
from tribune.settings.shape import Settings

Result = TypeVar("Result")

FAILED = 1
# A server on a busy machine takes some seconds; one that takes a minute will not come.
READY_WITHIN_S = 60.0
RETRY_S = 0.05

log = logging.getLogger(__name__)


def run(settings: Settings) -> int:
    """Open the log; gives 0, or EX_TEMPFAIL to try again, or 1 when a person must do something."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it is asked before it is there
    try:
        asyncio.run(open_log(settings))
    except (CannotRefill, Refused, WrongLog) as error:
        log.error("%s", error)
        return FAILED
    except (KafkaError, URLError, OSError, TimeoutError) as error:
        log.warning("the log could not be opened yet: %r", error)
        return os.EX_TEMPFAIL
    return 0


async def open_log(settings: Settings) -> None:
    """Make what is missing in the embedded log; servers that are still starting are waited for.

    Raises:
        CannotRefill: what the archive holds cannot go back; the text says what is missing.
        WrongLog: it has a topic of another shape.
        KafkaError, OSError, TimeoutError: a server failed, or did not come up.
    """
    users = {user: log_password(settings, user) for user in USERS}
    await set_users(
        (LOOPBACK, settings.ports.broker_controller),
        lambda: controller_password(settings),
        users,
        rights(settings.kafka.prefix),
    )
    broker = kafka_address(settings, ADMIN)
    await _until_up(lambda: ensure_topics(KafkaLog(broker)))
    if await _is_new(broker):
        archive = Archive(clickhouse_address(settings))
        await _until_up(archive.version)
        await refill(broker, archive, settings.data / "incarnation")


async def _is_new(broker: KafkaAddress) -> bool:
    async with replay(KafkaLog(broker)) as reader:
        return (await reader.ends(Topic.BROADCASTS, [0]))[0] == 0


async def _until_up(ask: Callable[[], Awaitable[Result]]) -> Result:
    deadline = time.monotonic() + READY_WITHIN_S
    while True:
        try:
            return await ask()
        except (KafkaError, URLError, OSError):
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(RETRY_S)
