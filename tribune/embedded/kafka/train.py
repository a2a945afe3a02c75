"""Makes Java's cache of Kafka: one run of a Kafka of its own that is used a little, then ended.

`tribune up` has it made in the background, after the first start that had none.
"""

import asyncio
import logging
import os
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

from schemas.addresses import KafkaAddress
from schemas.topics import Topic
from streams.log.kafka import KafkaLog
from streams.log.topics import ensure_topics
from tribune.embedded.kafka import aot
from tribune.embedded.kafka.controller import set_users
from tribune.embedded.kafka.folder import open_folder
from tribune.embedded.kafka.node import JVM
from tribune.embedded.kafka.rights import ADMIN, USERS, rights
from tribune.embedded.kafka.runtime import kafka_folder
from tribune.embedded.kafka.scratch import Busy, scratch
from tribune.embedded.kafka.start import (
    controller_password,
    java_command,
    java_environment,
    log_folder,
)
from tribune.settings.addresses import LOOPBACK, kafka_address
from tribune.settings.secret import log_password
from tribune.settings.shape import Ports, Settings
from tribune.supervise.probes import kafka_probe

# Java notes what was loaded and called; a second time adds little.
MESSAGES = 50
RETRY_S = 0.2  # nobody waits for it
# All of it takes 15 s with a core to itself; as the least urgent of a busy machine, minutes.
LISTENS_WITHIN_S = USED_WITHIN_S = WRITTEN_WITHIN_S = 600.0
# The roles go first, always.
LEAST_URGENT = 19


class CannotTrain(RuntimeError):
    """The cache could not be made; the text says why. All works without it."""


def train() -> bool:
    """Make the cache, unless it is there or being made; says whether it did.

    Raises:
        NoKafka: there is no Java here, or no Kafka.
        CannotTrain, OSError: it did not work out.
    """
    if not aot.is_wanted(JVM):
        return False
    os.nice(LEAST_URGENT)
    with suppress(Busy), scratch(kafka_folder(), "training", wait=False) as folder:
        made = folder / "made.aot"
        _run(_settings(folder / "data"), made)
        if not made.is_file():
            raise CannotTrain("Java did not write its cache")
        aot.keep(made, JVM)
        return True
    return False


def _settings(data: Path) -> Settings:
    with socket.socket() as one, socket.socket() as other:
        one.bind((LOOPBACK, 0))
        other.bind((LOOPBACK, 0))
        ports = Ports(broker=one.getsockname()[1], broker_controller=other.getsockname()[1])
    return Settings(data=data, ports=ports)


def _run(settings: Settings, made: Path) -> None:
    command = java_command(settings, [f"-XX:AOTCacheOutput={made}"])
    open_folder(log_folder(settings))
    tie = (sys.executable, "-P", "-m", "tribune.supervise.child", str(os.getpid()))
    with (made.parent / "kafka.log").open("wb") as said:
        kafka = subprocess.Popen(  # noqa: S603 - our own words
            [*tie, *command], stdout=said, stderr=said, env=java_environment()
        )
        try:
            asyncio.run(_use_in_time(settings, kafka))
            kafka.terminate()
            kafka.wait(WRITTEN_WITHIN_S)
        except (KafkaError, TimeoutError, subprocess.TimeoutExpired) as error:
            raise CannotTrain(f"Kafka could not be run for it: {error!r}") from None
        finally:
            kafka.kill()
            kafka.wait()


async def _use_in_time(settings: Settings, kafka: "subprocess.Popen[bytes]") -> None:
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it is asked before it is there
    listens = kafka_probe(LOOPBACK, settings.ports.broker_controller)
    async with asyncio.timeout(LISTENS_WITHIN_S):
        while not (await listens()).answered:
            if kafka.poll() is not None:
                raise CannotTrain(f"Kafka ended with {kafka.returncode}")
            await asyncio.sleep(RETRY_S)
    async with asyncio.timeout(USED_WITHIN_S):
        await _use(settings)


async def _use(settings: Settings) -> None:
    """Do what a start of Tribune does: users, topics, messages, a group that reads them."""
    users = {user: log_password(settings, user) for user in USERS}
    controller = (LOOPBACK, settings.ports.broker_controller)
    await set_users(controller, lambda: controller_password(settings), users, rights(""))
    address = kafka_address(settings, ADMIN)
    while True:
        with suppress(KafkaError, OSError):
            await ensure_topics(KafkaLog(address))
            break
        await asyncio.sleep(RETRY_S)
    await _write(address)
    await _read(address)


async def _write(address: KafkaAddress) -> None:
    async with AIOKafkaProducer(**address.producer_options()) as producer:
        for number in range(MESSAGES):
            await producer.send_and_wait(Topic.VOTES, b"%d" % number * 100)


async def _read(address: KafkaAddress) -> None:
    consumer = AIOKafkaConsumer(
        Topic.VOTES,
        **address.client_options(),
        group_id="training",
        auto_offset_reset="earliest",
    )
    async with consumer:
        for _ in range(MESSAGES):
            await consumer.getone()
        await consumer.commit()
