"""What `tribune up` runs on this machine: which servers and roles, and how it asks after them."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from tribune.embedded.broker import broker_command
from tribune.settings.addresses import LOOPBACK, reachable_host, role_url
from tribune.settings.shape import Settings
from tribune.supervise.keeper import Role
from tribune.supervise.probes import http_probe, kafka_probe

ROLES = ("gateway", "worker", "archive", "push", "console", "stage")
CONNECT_WITHIN_S = 2.0

WHAT = {
    "console": "pages, and the API at /docs",
    "gateway": "WeChat, partners and the public page vote here",
    "push": "live boards, WebSocket at /live",
    "worker": "counts and ranks",
    "stage": "opens and cuts the microphones",
    "archive": "keeps every fact in ClickHouse",
    "broker": "the embedded log (Kafka protocol, in memory)",
    "clickhouse": "the embedded ClickHouse (HTTP)",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """The embedded servers (None: one's own are used), the roles, and how the log is refilled."""

    broker: Role | None
    clickhouse: Role | None
    roles: tuple[Role, ...]
    refill: tuple[str, ...]
    own_servers: tuple[tuple[str, int], ...]

    @property
    def names(self) -> list[str]:
        """Everything that listens on this machine, by the name of its port's setting."""
        servers = [role.name for role in (self.broker, self.clickhouse) if role is not None]
        return [*servers, *(role.name for role in self.roles)]


def plan(settings: Settings) -> Plan:
    """Work out what to run; every process reads the same settings again."""
    options = ("--config", str(settings.file)) if settings.file else ()
    options += ("--rehearsal",) if settings.rehearsal else ()
    return Plan(
        broker=None if settings.kafka else _broker(settings),
        clickhouse=None if settings.clickhouse else _clickhouse(settings, options),
        roles=tuple(_role(settings, name, options) for name in ROLES),
        refill=("tribune", "refill", *options),
        own_servers=tuple(_own_servers(settings)),
    )


def _broker(settings: Settings) -> Role:
    port = settings.ports.broker
    return Role(
        "broker",
        broker_command(port),
        kafka_probe(LOOPBACK, port),
        f"{LOOPBACK}:{port}",
        restarts=False,
    )


def _clickhouse(settings: Settings, options: tuple[str, ...]) -> Role:
    port = settings.ports.clickhouse
    return Role(
        "clickhouse",
        ("tribune", "clickhouse", *options),
        http_probe(LOOPBACK, port, "/ping"),
        f"http://{LOOPBACK}:{port}",
    )


def _role(settings: Settings, name: str, options: tuple[str, ...]) -> Role:
    port = getattr(settings.ports, name)
    probe = http_probe(reachable_host(settings), port, "/healthz")
    return Role(name, ("tribune", name, *options), probe, role_url(settings, name))


def _own_servers(settings: Settings) -> list[tuple[str, int]]:
    servers: list[tuple[str, int]] = []
    if settings.kafka:
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
