"""The broker that `tribune up` embeds: who gets in, who may write what, how it ends."""

import asyncio
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError

from schemas.addresses import KafkaAddress
from schemas.catalogue import CATALOGUE, ROLES
from schemas.topics import Topic
from tests.support.kafka import HOST
from tests.support.ports import free_port
from tribune.embedded.kafka.controller import set_users
from tribune.embedded.kafka.explain import explain
from tribune.embedded.kafka.folder import in_doubt, open_folder
from tribune.embedded.kafka.rights import READER, USERS, rights
from tribune.embedded.kafka.start import controller_password, java_command, log_folder
from tribune.restore.open_log import open_log
from tribune.settings.addresses import kafka_address
from tribune.settings.secret import log_password
from tribune.settings.shape import Ports, Settings

REFUSED_WITHIN_S = 10.0
PASSWORD = "a guessed password"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The settings of an embedded broker that runs, with its log opened."""
    folder = tmp_path_factory.mktemp("embedded")
    ports = Ports(broker=free_port(), broker_controller=free_port())
    made = Settings(data=folder / "data", ports=ports)
    made.data.mkdir()
    open_folder(log_folder(made))
    in_doubt(log_folder(made)).unlink()  # there is no archive here to compare with
    process = subprocess.Popen(java_command(made), stdout=subprocess.DEVNULL)
    try:
        asyncio.run(open_log(made))
        yield made
    finally:
        process.kill()
        process.wait()


async def may_write(address: KafkaAddress, topic: Topic) -> bool:
    producer = AIOKafkaProducer(**address.client_options(), acks="all")
    await producer.start()
    try:
        await producer.send_and_wait(address.topic(topic), b"a test", partition=0)
    except TopicAuthorizationFailedError:
        return False
    finally:
        await producer.stop()
    return True


async def is_refused(**options: str) -> bool:
    consumer: AIOKafkaConsumer = AIOKafkaConsumer(**options, request_timeout_ms=5_000)
    try:
        async with asyncio.timeout(REFUSED_WITHIN_S):
            await consumer.start()
    except (KafkaError, TimeoutError):
        return True
    finally:
        with suppress(asyncio.CancelledError):
            await consumer.stop()
    return False


async def test_each_role_writes_what_is_its_own_and_nothing_else(settings: Settings) -> None:
    wrong: list[str] = []
    for user in ROLES:
        for topic, entry in CATALOGUE.items():
            if await may_write(kafka_address(settings, user), topic) != (user in entry.writers):
                wrong.append(f"{user} {topic}")
    assert wrong == []


async def test_the_reader_reads_everything_and_writes_nothing(settings: Settings) -> None:
    address = kafka_address(settings, READER)
    for topic in Topic:
        assert not await may_write(address, topic)
    consumer: AIOKafkaConsumer = AIOKafkaConsumer(
        *Topic, **address.client_options(), group_id="reader-1", auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        assert {place.topic for place in consumer.assignment()} == set(map(str, Topic))
    finally:
        await consumer.stop()


@pytest.mark.parametrize("port", ["broker", "broker_controller"])
@pytest.mark.parametrize(
    "signed",
    [
        {"security_protocol": "PLAINTEXT"},
        {"sasl_mechanism": "SCRAM-SHA-512", "sasl_plain_username": "gateway"},
        {"sasl_mechanism": "PLAIN", "sasl_plain_username": "controller"},
        {"sasl_mechanism": "PLAIN", "sasl_plain_username": "admin"},
    ],
)
async def test_any_other_program_of_this_machine_is_refused(
    settings: Settings, port: str, signed: dict[str, str]
) -> None:
    options = {"bootstrap_servers": f"{HOST}:{getattr(settings.ports, port)}", **signed}
    if "sasl_mechanism" in signed:
        options |= {"security_protocol": "SASL_PLAINTEXT", "sasl_plain_password": PASSWORD}
    assert await is_refused(**options)


async def test_it_listens_on_loopback_only(settings: Settings) -> None:
    ports = {settings.ports.broker, settings.ports.broker_controller}
    heard = {
        (each.laddr.ip.removeprefix("::ffff:"), each.laddr.port)
        for each in psutil.net_connections("tcp")
        if each.status == psutil.CONN_LISTEN and each.laddr.port in ports
    }
    assert heard == {(HOST, port) for port in ports}


def test_no_password_can_be_read_by_others_or_seen_in_the_process_list(settings: Settings) -> None:
    made = [log_password(settings, user) for user in USERS]
    secrets = [*made, controller_password(settings)]
    command = " ".join(java_command(settings))
    assert not any(secret in command for secret in secrets)
    for folder in (settings.data / "log-users", settings.run_dir / "kafka"):
        assert folder.stat().st_mode & 0o077 == 0
        assert all(file.stat().st_mode & 0o077 == 0 for file in folder.iterdir())


async def test_a_user_that_is_lost_and_a_right_too_many_are_put_right_at_the_next_start(
    tmp_path: Path,
) -> None:
    ports = Ports(broker=free_port(), broker_controller=free_port())
    settings = Settings(data=tmp_path / "data", ports=ports)
    settings.data.mkdir()
    open_folder(log_folder(settings))
    in_doubt(log_folder(settings)).unlink()
    process = subprocess.Popen(java_command(settings), stdout=subprocess.DEVNULL)
    place = (HOST, ports.broker_controller)
    try:
        users = {user: log_password(settings, user) for user in USERS}
        wrong = frozenset(right._replace(user="push") for right in rights(""))
        await set_users(place, lambda: controller_password(settings), users, wrong)
        (settings.data / "log-users" / "push").unlink()
        await open_log(settings)
        push = kafka_address(settings, "push")
        assert push.password != users["push"]
        assert not await may_write(push, Topic.BOARDS)
        assert await may_write(push, Topic.DEAD_LETTERS)
        assert await may_write(kafka_address(settings, "worker"), Topic.BOARDS)
    finally:
        process.kill()
        process.wait()


def test_a_kafka_without_memory_says_so(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data", ports=Ports(broker=free_port()))
    settings.data.mkdir()
    command = java_command(settings)
    limited = ["sh", "-c", 'ulimit -v 300000; exec "$@"', "sh", *command]
    done = subprocess.run(limited, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    said = explain((done.stdout + done.stderr).splitlines())
    assert said is not None and said.startswith("too little memory"), done.stdout + done.stderr


def test_a_kafka_whose_port_is_taken_says_so(settings: Settings, tmp_path: Path) -> None:
    ports = Ports(broker=settings.ports.broker, broker_controller=free_port())
    second = Settings(data=tmp_path / "data", ports=ports)
    second.data.mkdir()
    open_folder(log_folder(second))
    done = subprocess.run(
        java_command(second), capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode != 0
    said = explain((done.stdout + done.stderr).splitlines())
    assert said is not None and said.startswith("another program has its port"), done.stdout
