"""docker-compose.yml and what it stands on: pinned, healthy, closed to the outside.

No container can run here: what a container would run is run, or checked by its text.
"""

import asyncio
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from aiokafka.errors import KafkaError

from schemas.addresses import KafkaAddress
from schemas.topics import Topic
from streams.log.kafka import KafkaLog
from streams.log.topics import ensure_topics
from tests.support.compose import COMPOSE, DOCKERFILE, ENV_EXAMPLE, ROLES, ROOT, absent, services
from tests.support.compose_services import broker_files
from tests.support.kafka import READY_WITHIN_S
from tribune.settings.read import read_settings

SERVERS = {"kafka", "clickhouse"}
SECRETS = {
    "TRIBUNE_SECRETS_KEY": "k" * 32,
    "TRIBUNE_KAFKA_PASSWORD": "kafka-password",
    "TRIBUNE_CLICKHOUSE_PASSWORD": "clickhouse-password",
}


def composed(**environment: str) -> subprocess.CompletedProcess[str]:
    command = shutil.which("docker-compose")
    if command is None:
        absent(f"docker-compose is not here (apt-get install docker-compose): {COMPOSE.name}")
    return subprocess.run(
        [str(command), "--file", str(COMPOSE), "--env-file", ".env.example", "config"],
        env={"PATH": os.environ["PATH"], **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_docker_compose_reads_the_file() -> None:
    done = composed(**SECRETS)
    assert done.returncode == 0, done.stderr
    assert set(yaml.safe_load(done.stdout)["services"]) == SERVERS | set(ROLES)


@pytest.mark.parametrize("missing", sorted(SECRETS))
def test_without_a_secret_nothing_starts_and_the_file_to_fill_in_is_named(missing: str) -> None:
    done = composed(**{name: value for name, value in SECRETS.items() if name != missing})
    assert done.returncode != 0
    assert "see .env.example" in done.stderr


def test_every_image_is_pinned_to_an_exact_version() -> None:
    for name, service in services().items():
        tag = service["image"].rpartition(":")[2]
        assert re.fullmatch(r"\d+\.\d+\.\d+(\.\d+)?", tag), name
    for base in re.findall(r"^FROM (\S+)", DOCKERFILE.read_text(), re.M):
        assert re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", base)


def test_everything_says_whether_it_is_well_and_comes_back() -> None:
    for name, service in services().items():
        assert service["healthcheck"]["test"][0] == "CMD", name
        assert service["restart"] == "unless-stopped", name


def test_the_log_and_the_archive_are_kept_in_volumes() -> None:
    document = yaml.safe_load(COMPOSE.read_text())
    kept = {name: document["services"][name]["volumes"][0].split(":") for name in SERVERS}
    assert kept == {
        "kafka": ["kafka", "/var/lib/kafka/data"],
        "clickhouse": ["clickhouse", "/var/lib/clickhouse"],
    }
    assert set(document["volumes"]) == SERVERS


def test_only_three_ports_can_be_reached_and_no_server_leaves_its_network() -> None:
    document = yaml.safe_load(COMPOSE.read_text())
    published = {name: service.get("ports", []) for name, service in services().items()}
    assert {name: ports for name, ports in published.items() if ports} == {
        "console": ["8080:8080"],
        "gateway": ["8081:8081"],
        "push": ["8082:8082"],
    }
    assert document["networks"]["log"]["internal"] is True
    for name in SERVERS:
        assert services()[name]["networks"] == ["log"]


def test_no_password_stands_in_any_file() -> None:
    secret = re.compile(r"(PASSWORD|SECRET\w*|TOKEN|KEY)$")
    for name, service in services().items():
        for variable, value in service["environment"].items():
            if secret.search(variable):
                assert re.fullmatch(r"\$\{\w+(:\?[^}]+|:-)\}", str(value)), (name, variable)
    for line in ENV_EXAMPLE.read_text().splitlines():
        assert line == "" or line.startswith("#") or re.fullmatch(r"TRIBUNE_[A-Z_]+=", line)


def test_the_example_names_every_variable_of_the_file() -> None:
    asked = set(re.findall(r"\$\{(TRIBUNE_\w+)", COMPOSE.read_text()))
    offered = set(re.findall(r"^(TRIBUNE_\w+)=", ENV_EXAMPLE.read_text(), re.M))
    assert asked == offered


@pytest.mark.parametrize("role", sorted(ROLES))
def test_a_role_accepts_exactly_the_environment_that_it_is_given(role: str) -> None:
    service = services()[role]
    given = {
        name: re.sub(r"\$\{(\w+):.*\}", lambda found: SECRETS.get(found[1], ""), str(value))
        for name, value in service["environment"].items()
    }
    settings = read_settings(None, given)
    assert service["command"] == [role]
    assert settings.kafka is not None and settings.kafka.bootstrap == "kafka:9092"
    assert settings.clickhouse is not None
    assert settings.secrets.key == SECRETS["TRIBUNE_SECRETS_KEY"]
    assert f":{getattr(settings.ports, role)}/healthz" in service["healthcheck"]["test"][-1]


def test_the_wechat_account_of_the_environment_reaches_the_gateway() -> None:
    done = composed(**SECRETS, TRIBUNE_WECHAT_COUNTY_TOKEN="t0ken")
    if done.returncode == 0:
        given = yaml.safe_load(done.stdout)["services"]["gateway"]["environment"]
        assert read_settings(None, given).wechat["county"].token == "t0ken"


def test_roles_run_without_rights_in_an_image_without_secrets() -> None:
    for name in ROLES:
        service = services()[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
    text = DOCKERFILE.read_text()
    assert re.search(r"^USER 10001$", text, re.M)
    copied = set(re.findall(r"^COPY (?!--)(.+) \S+$", text, re.M))
    sources = {source for line in copied for source in line.split()}
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert {f"!{source}" for source in sources} <= set(ignored)
    assert "*" in ignored
    assert sources >= {"schemas", "agents", "streams", "dashboards", "tribune"}


@pytest.mark.kafka
async def test_the_broker_starts_as_written_and_lets_in_only_who_has_the_password(
    tmp_path: Path,
) -> None:
    folder, ports = broker_files(tmp_path)
    environment = {
        "PATH": os.environ["PATH"],
        "KAFKA_BIN": str(folder / "bin"),
        "TRIBUNE_KAFKA_USERNAME": "tribune",
        "TRIBUNE_KAFKA_PASSWORD": "kafka-password",
    }
    log = tmp_path / "broker.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["bash", str(folder / "start.sh")], env=environment, stdout=output, stderr=output
        )
    try:
        await until_started(process, log)
        address = KafkaAddress(
            f"127.0.0.1:{ports['9092']}",
            "SASL_PLAINTEXT",
            username="tribune",
            password="kafka-password",
        )
        await ensure_topics(KafkaLog(address))
        for wrong in ({"password": "another"}, {"username": "another"}):
            with pytest.raises(KafkaError):
                await ensure_topics(
                    KafkaLog(
                        KafkaAddress(
                            address.bootstrap,
                            "SASL_PLAINTEXT",
                            **({"username": "tribune", "password": "kafka-password"} | wrong),
                        )
                    )
                )
        assert b"kafka-password" not in log.read_bytes()
        assert str(Topic.VOTES) in log.read_text()
    finally:
        process.terminate()
        process.wait(30)


async def until_started(process: subprocess.Popen[bytes], log: Path) -> None:
    async with asyncio.timeout(READY_WITHIN_S):
        while "Kafka Server started" not in log.read_text(errors="replace"):
            assert process.poll() is None, log.read_text(errors="replace")[-2_000:]
            await asyncio.sleep(0.05)
