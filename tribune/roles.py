# ruff: noqa: PLC0415 - no process loads what it does not need
"""From the settings to each role: what it is told, and its run until SIGTERM or Ctrl-C."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Awaitable, Callable
from importlib import import_module

from tribune.lean import CLICKHOUSE_EXTRAS, collect_seldom, do_without
from tribune.settings.addresses import clickhouse_address, kafka_address, role_url
from tribune.settings.secret import read_secret
from tribune.settings.shape import Settings
from tribune.supervise.ports import taken_ports

LOADED = {
    "gateway": ("streams.gateway.serve", "dashboards.vote_page"),
    "worker": ("agents.worker",),
    "archive": ("streams.archive.serve",),
    "push": ("streams.push.serve",),
    "console": ("dashboards.serve",),
    "stage": ("streams.stage.serve",),
}
"""What is loaded before a role is needed, beside the command line."""

Serve = Callable[[asyncio.Event], Awaitable[None]]

# A port of a role that was killed a moment ago is free again by then
PORT_FREE_WITHIN_S = 1.0

log = logging.getLogger("tribune")


def run(name: str, settings: Settings) -> int:
    """Run a role until it is told to stop; gives the exit code, and says why when it failed."""
    taken = taken_ports(settings, [name], PORT_FREE_WITHIN_S)
    if taken:
        log.critical("%s", taken[0])
        return 1
    try:
        return ROLES[name](settings)
    except Exception as error:
        log.critical("%s cannot go on", name, exc_info=error)
        return 1


def load(name: str) -> None:
    """Load the modules of a role that is kept ready."""
    for module in ("tribune.commands.cli", *LOADED[name]):
        import_module(module)


def gateway(settings: Settings) -> int:
    """Take votes in: WeChat, partners, the public page."""
    from dashboards.vote_page import Pages
    from streams.gateway.config import GatewayConfig, GatewayLimits
    from streams.gateway.serve import serve
    from streams.gateway.wechat.account import WeChatAccount

    limits = settings.limits
    config = GatewayConfig(
        host=settings.listen.host,
        port=settings.ports.gateway,
        kafka=kafka_address(settings, "gateway"),
        secret=read_secret(settings),
        pages=Pages(rehearsal=settings.rehearsal),
        limits=GatewayLimits(
            per_voter_per_minute=limits.per_voter_per_minute,
            per_partner_per_second=limits.per_partner_per_second,
            connections=limits.connections,
        ),
        wechat={
            name: WeChatAccount(
                account.token,
                account.appid,
                account.encoding_aes_key,
                account.previous_encoding_aes_key,
                account.aes_only,
            )
            for name, account in settings.wechat.items()
        },
        partners={name: partner.secret for name, partner in settings.webhook.items()},
        console_port=settings.ports.console,
        public_host=settings.listen.public_host,
    )
    collect_seldom()
    return _until_told(lambda stop: serve(config, stop))


def push(settings: Settings) -> int:
    """Send boards out to every screen."""
    from streams.push.serve import PushConfig, serve

    config = PushConfig(
        host=settings.listen.host,
        port=settings.ports.push,
        kafka=kafka_address(settings, "push"),
        secret=read_secret(settings),
        connections=settings.limits.connections,
        origins=tuple(settings.listen.origins),
        rehearsal=settings.rehearsal,
    )
    collect_seldom()
    return _until_told(lambda stop: serve(config, stop))


def archive(settings: Settings) -> int:
    """Keep every fact in ClickHouse."""
    do_without(*CLICKHOUSE_EXTRAS)
    from streams.archive.serve import ArchiveConfig, serve

    config = ArchiveConfig(
        kafka=kafka_address(settings, "archive"),
        clickhouse=clickhouse_address(settings),
        health_host=settings.listen.host,
        health_port=settings.ports.archive,
    )
    return _until_told(lambda stop: serve(config, stop))


def worker(settings: Settings) -> int:
    """Count and rank, with Faust, which has its own loop and signals."""
    from agents.worker import WorkerConfig, run
    from streams.keys import group_key

    collect_seldom()
    return run(
        WorkerConfig(
            kafka=kafka_address(settings, "worker"),
            health_host=settings.listen.host,
            health_port=settings.ports.worker,
            work_dir=settings.data / "worker",
            name=f"{settings.kafka.instance or socket.gethostname()}-0",
            group_key=group_key(read_secret(settings)),
        )
    )


def console(settings: Settings) -> int:
    """Serve the pages and the API."""
    from dashboards.serve import ConsoleConfig, serve

    config = ConsoleConfig(
        host=settings.listen.host,
        port=settings.ports.console,
        kafka=kafka_address(settings, "console"),
        clickhouse=clickhouse_address(settings),
        secret=read_secret(settings),
        gateway_port=settings.ports.gateway,
        push_port=settings.ports.push,
        public_host=settings.listen.public_host,
        stages=tuple(settings.listen.stages) or (role_url(settings, "stage"),),
        push_url=role_url(settings, "push"),
        decks=settings.data / "decks",
        rehearsal=settings.rehearsal,
        per_evaluator_per_second=settings.limits.per_evaluator_per_second,
    )
    return _until_told(lambda stop: serve(config, stop))


def stage(settings: Settings) -> int:
    """Open and cut the microphones on time."""
    from streams.stage.serve import StageConfig, serve
    from tribune.settings.stage import stage_devices, stage_triggers

    config = StageConfig(
        kafka=kafka_address(settings, "stage"),
        secret=read_secret(settings),
        host=settings.listen.host,
        port=settings.ports.stage,
        work_dir=settings.data / "stage",
        console_url=settings.listen.console or role_url(settings, "console"),
        name=f"{socket.gethostname()}:{settings.ports.stage}",
        devices=stage_devices(settings),
        triggers=stage_triggers(settings),
    )
    return _until_told(lambda stop: serve(config, stop))


def clickhouse(settings: Settings) -> int:
    """Run the embedded ClickHouse, on loopback; the engine is all that it needs of chdb."""
    do_without(*CLICKHOUSE_EXTRAS)
    from tribune.embedded.clickhouse import serve

    path, port = settings.data / "clickhouse", settings.ports.clickhouse
    return _until_told(lambda stop: serve(path, "127.0.0.1", port, stop))


def broker(settings: Settings) -> int:
    """Become the embedded Kafka, on loopback."""
    from tribune.embedded.kafka.folder import CannotStart
    from tribune.embedded.kafka.runtime import NoKafka
    from tribune.embedded.kafka.start import start

    try:
        start(settings)
    except (NoKafka, CannotStart) as error:
        log.critical("%s", error)
        return os.EX_CONFIG


def _until_told(serve: Serve) -> int:
    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        try:
            await serve(stop)
        except asyncio.CancelledError:
            # aiokafka 0.14: a consumer that is stopped while its log is away raises this.
            if not stop.is_set():
                raise RuntimeError("was cancelled by a part of its own") from None

    asyncio.run(run())
    return 0


ROLES: dict[str, Callable[[Settings], int]] = {
    role.__name__: role
    for role in (gateway, worker, archive, push, console, stage, clickhouse, broker)
}
