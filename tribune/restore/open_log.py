"""Opens the embedded log: its users, rights and topics; a new one gets what the archive holds."""

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar
from urllib.error import URLError

from aiokafka.errors import KafkaError

from schemas.addresses import KafkaAddress
from streams.log.interface import AWAY
from streams.log.kafka import KafkaLog
from streams.log.topics import WrongLog, ensure_topics
from tribune.embedded.kafka.controller import set_users
from tribune.embedded.kafka.folder import in_doubt
from tribune.embedded.kafka.rights import ADMIN, GROUPS, USERS, rights
from tribune.embedded.kafka.start import controller_password, log_folder
from tribune.lean import CLICKHOUSE_EXTRAS, do_without
from tribune.restore.archived import Archive, QueryRefused
from tribune.restore.check import CannotRefill
from tribune.restore.refill import refill
from tribune.settings.addresses import LOOPBACK, clickhouse_address, kafka_address
from tribune.settings.secret import log_password
from tribune.settings.shape import Settings

Result = TypeVar("Result")

# Unlike EX_TEMPFAIL it is not tried again (tribune.supervise.supervisor)
FAILED = 1
# A server on a busy machine takes some seconds; one that takes a minute will not come.
READY_WITHIN_S = 60.0
RETRY_S = 0.05  # a start waits for it: so much of it is spent unnoticed
# A statement of the schema takes milliseconds, and seconds where the disk is asleep.
PREPARED_WITHIN_S = 30

log = logging.getLogger(__name__)


def run(settings: Settings, *, restore: bool = False) -> int:
    """Open the log; gives 0, or EX_TEMPFAIL to try again, or 1 when a person must do something.

    To `restore` is to fill one that must be empty, also on a Kafka of one's own.
    """
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it is asked before it is there
    try:
        asyncio.run(open_log(settings, restore=restore))
    except (CannotRefill, QueryRefused, WrongLog) as error:
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
    folder = log_folder(settings)
    doubt = in_doubt(folder)
    is_new = not restore and (doubt.exists() or not folder.exists())
    beside = [asyncio.create_task(_make_tables(settings))] if is_new else []
    try:
        if not settings.own_kafka:
            await _set_users(settings)
        room = KafkaLog(kafka_address(settings, ADMIN))
        await _until_up(lambda: ensure_topics(room))
        if is_new:
            beside.append(asyncio.create_task(_ask_for_groups(room)))
        if restore or doubt.exists():
            log.info("what the archive holds more than the log goes back into it")
            await asyncio.gather(*beside)
            await _put_back(settings, room.address, must_be_empty=restore)
            doubt.unlink(missing_ok=True)
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)


async def _set_users(settings: Settings) -> None:
    await set_users(
        (LOOPBACK, settings.ports.broker_controller),
        lambda: controller_password(settings),
        {user: log_password(settings, user) for user in USERS},
        rights(settings.kafka.prefix),
    )


async def _make_tables(settings: Settings) -> None:
    """Make the archive's tables while Kafka starts, which takes longer than these half a second.

    Where this fails the archive will say so: it does the same.
    """
    do_without(*CLICKHOUSE_EXTRAS)
    from streams.archive.store import AWAY as CLICKHOUSE_AWAY  # noqa: PLC0415 - 0.1 s, beside Kafka
    from streams.archive.store import Store  # noqa: PLC0415

    address = clickhouse_address(settings)
    store = Store(address, PREPARED_WITHIN_S)
    with suppress(*CLICKHOUSE_AWAY):
        await _until_up(Archive(address).version)
        await asyncio.to_thread(store.prepare)
    store.close()


async def _ask_for_groups(room: KafkaLog) -> None:
    """Have Kafka make the topic of its groups: it does when first asked, and says "not yet"."""
    with suppress(*AWAY):
        await room.members(room.address.group(GROUPS["worker"]))


async def _put_back(settings: Settings, broker: KafkaAddress, *, must_be_empty: bool) -> None:
    archive = Archive(clickhouse_address(settings))
    await _until_up(archive.version)
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
