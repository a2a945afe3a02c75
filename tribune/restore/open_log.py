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
from streams.log.kafka import KafkaLog
from streams.log.replay import replay
from streams.log.topics import WrongLog, ensure_topics
from tribune.embedded.kafka.controller import set_users
from tribune.embedded.kafka.folder import in_doubt
from tribune.embedded.kafka.rights import ADMIN, USERS, rights
from tribune.embedded.kafka.start import controller_password, log_folder
from tribune.restore.archived import Archive, Refused
from tribune.restore.check import CannotRefill, check_finals
from tribune.restore.refill import ends_of, refill
from tribune.settings.addresses import LOOPBACK, clickhouse_address, kafka_address
from tribune.settings.secret import log_password
from tribune.settings.shape import Settings

Result = TypeVar("Result")

FAILED = 1
# A server on a busy machine takes some seconds; one that takes a minute will not come.
READY_WITHIN_S = 60.0
RETRY_S = 0.05

log = logging.getLogger(__name__)


def run(settings: Settings, *, restore: bool = False) -> int:
    """Open the log; gives 0, or EX_TEMPFAIL to try again, or 1 when a person must do something.

    To `restore` is to fill one that must be empty, also on a Kafka of one's own.
    """
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it is asked before it is there
    try:
        asyncio.run(open_log(settings, restore=restore))
    except (CannotRefill, Refused, WrongLog) as error:
        log.error("%s", error)
        return FAILED
    except (KafkaError, URLError, OSError, TimeoutError) as error:
        log.warning("the log could not be opened yet: %r", error)
        return os.EX_TEMPFAIL
    return 0


async def open_log(settings: Settings, *, restore: bool = False) -> None:
    """Make what is missing in the log; servers that are still starting are waited for.

    Raises:
        CannotRefill: what the archive holds cannot go back; the text says what is missing.
        WrongLog: it has a topic of another shape.
        KafkaError, OSError, TimeoutError: a server failed, or did not come up.
    """
    if not settings.own_kafka:
        users = {user: log_password(settings, user) for user in USERS}
        await set_users(
            (LOOPBACK, settings.ports.broker_controller),
            lambda: controller_password(settings),
            users,
            rights(settings.kafka.prefix),
        )
    broker, doubt = kafka_address(settings, ADMIN), in_doubt(log_folder(settings))
    await _until_up(lambda: ensure_topics(KafkaLog(broker)))
    if restore or doubt.exists():
        log.info("what the archive holds more than the log goes back into it")
        await _put_back(settings, broker, must_be_empty=restore)
        doubt.unlink(missing_ok=True)


async def _put_back(settings: Settings, broker: KafkaAddress, *, must_be_empty: bool) -> None:
    address = clickhouse_address(settings)
    archive = Archive(address)
    await _until_up(archive.version)
    async with replay(KafkaLog(broker)) as reader:
        is_empty = not any((await ends_of(reader)).values())
    if is_empty and await archive.held():
        await check_finals(address)
    await refill(broker, archive, settings.data / "incarnation", must_be_empty=must_be_empty)


async def _until_up(ask: Callable[[], Awaitable[Result]]) -> Result:
    """Ask until a server answers, for a minute at most."""
    deadline = time.monotonic() + READY_WITHIN_S
    while True:
        try:
            return await ask()
        except (KafkaError, URLError, OSError):
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(RETRY_S)
