"""What `tribune up` runs on this machine: which servers and roles, and how it asks after them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from schemas.catalogue import ROLES
from tribune.embedded.kafka.aot import is_wanted
from tribune.embedded.kafka.explain import explain
from tribune.embedded.kafka.node import JVM
from tribune.settings.addresses import LOOPBACK, reachable_host, role_url
from tribune.settings.shape import Settings
from tribune.supervise.probes import http_probe, kafka_probe
from tribune.supervise.role_runner import Role

# A server of the settings, perhaps far away; health is asked for every second, and waits for it
CONNECT_WITHIN_S = 2.0
# A server that dies that often before it was ever well will not come.
TRIES = 4

WHAT = {
    "console": "pages, and the API at /docs",
    "gateway": "WeChat, partners and the public page vote here",
    "push": "live boards, WebSocket at /live",
    "worker": "counts and ranks",
    "stage": "opens and cuts the microphones",
    "archive": "keeps every fact in ClickHouse",
    "broker": "the embedded log (Apache Kafka)",
    "clickhouse": "the embedded ClickHouse (HTTP)",
}
# Half a second of a processor goes into loading Faust: too long for a press to wait.
SPARE = ("worker",)


@dataclass(frozen=True, slots=True)
class Plan:
    """The embedded servers, the roles, and how the embedded log is opened.

    `open_log` is empty where a Kafka of one's own is used as it is; `train` is None where nothing
    makes the next start of the embedded one faster; `own_servers` are not embedded.
    """

    servers: tuple[Role, ...]
    roles: tuple[Role, ...]
    open_log: tuple[str, ...]
    own_servers: tuple[tuple[str, int], ...]
    train: tuple[str, ...] | None = None

    @property
    def names(self) -> list[str]:
        """Everything that listens on this machine, by the name of its port's setting."""
        names = [role.name for role in (*self.servers, *self.roles)]
        return [*names, "broker_controller"] if "broker" in names else names


def plan(settings: Settings, *, restore: bool = False) -> Plan:
    """Work out what to run; every process reads the same settings again.

    To `restore` takes the servers and no role: the log is filled from the archive.
    """
    options = ("--config", str(settings.file)) if settings.file else ()
    options += ("--rehearsal",) if settings.rehearsal else ()
    return Plan(
        servers=tuple(_servers(settings, options)),
        roles=tuple(_role(settings, name, options) for name in ROLES if not restore),
        open_log=_open_log(settings, options, restore=restore),
        own_servers=tuple(_own_servers(settings)),
        train=_train(settings) if not restore else None,
    )


def _train(settings: Settings) -> tuple[str, ...] | None:
    return ("tribune", "train") if not settings.own_kafka and is_wanted(JVM) else None


def _open_log(settings: Settings, options: tuple[str, ...], *, restore: bool) -> tuple[str, ...]:
    if restore:
        return ("tribune", "open-log", "--restore", *options)
    return () if settings.own_kafka else ("tribune", "open-log", *options)


def _servers(settings: Settings, options: tuple[str, ...]) -> Iterator[Role]:
    if not settings.own_kafka:
        port = settings.ports.broker
        yield Role(
            "broker",
            ("tribune", "broker", *options),
            kafka_probe(LOOPBACK, port),
            f"{LOOPBACK}:{port}",
            tries=TRIES,
            explain=explain,
        )
    if settings.clickhouse is None:
        port = settings.ports.clickhouse
        yield Role(
            "clickhouse",
            ("tribune", "clickhouse", *options),
            http_probe(LOOPBACK, port, "/ping"),
            f"http://{LOOPBACK}:{port}",
            tries=TRIES,
        )


def _role(settings: Settings, name: str, options: tuple[str, ...]) -> Role:
    port = getattr(settings.ports, name)
    probe = http_probe(reachable_host(settings), port, "/healthz")
    command, address = ("tribune", name, *options), role_url(settings, name)
    return Role(name, command, probe, address, spare=name in SPARE)


def _own_servers(settings: Settings) -> list[tuple[str, int]]:
    servers: list[tuple[str, int]] = []
    if settings.own_kafka:
        host, _, port = settings.kafka.bootstrap.split(",")[0].rpartition(":")
        servers.append((host, int(port)))
    if settings.clickhouse:
        url = urlsplit(settings.clickhouse.url)
        servers.append((url.hostname or "", url.port or (443 if url.scheme == "https" else 80)))
    return servers


def accepts(servers: tuple[tuple[str, int], ...]) -> Callable[[], Awaitable[bool]]:
    """A question: does each of these servers accept a connection?"""

    async def all_accept() -> bool:
        return all([await _accepts(host, port) for host, port in servers])

    return all_accept


async def _accepts(host: str, port: int) -> bool:
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(CONNECT_WITHIN_S):
            _, writer = await asyncio.open_connection(host, port)
            writer.transport.abort()
            return True
    return False
