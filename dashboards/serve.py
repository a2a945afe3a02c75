"""The console role: pages and API on one port, in one process."""

import asyncio
import logging

from aiokafka.errors import KafkaError
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from dashboards.api.app import application
from dashboards.api.console import Console
from dashboards.api.errors import Refused
from dashboards.api.schedule import keep_schedule
from dashboards.config import ConsoleConfig
from schemas.addresses import KafkaAddress
from schemas.facts import LogOpened
from streams.topics import ensure_topics

__all__ = ["ConsoleConfig", "serve"]

RETRY_S = 0.5
ANSWERS_WITHIN_S = 6.0
HTTP1 = HTTP1Settings(header_read_timeout=10_000, max_buffer_size=65_536)

log = logging.getLogger(__name__)


async def serve(config: ConsoleConfig, stop: asyncio.Event) -> None:
    """Serve the console until `stop` is set; it answers also while the log is away, saying so.

    Raises:
        RuntimeError: it cannot go on; what ended first is the cause.
    """
    console = Console.of(config)
    server = Server(
        application(console),
        address=config.host,
        port=config.port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        http1_settings=HTTP1,
        websockets=False,
        log_enabled=False,
    )
    serving = asyncio.create_task(server.serve())
    working = asyncio.create_task(_work(console))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait([serving, working, stopping], return_when=asyncio.FIRST_COMPLETED)
    failures = [_failure(task) for task in (serving, working) if task.done()]
    if not serving.done():
        server.stop()
        await asyncio.wait([serving], timeout=ANSWERS_WITHIN_S)
    for task in (stopping, working, serving):
        task.cancel()
    await asyncio.gather(stopping, working, serving, return_exceptions=True)
    if failures and not stop.is_set():
        raise RuntimeError(f"the console cannot go on: {failures[0]}") from failures[0]


async def _work(console: Console) -> None:
    await _make_topics(console.config.kafka)
    async with asyncio.TaskGroup() as group:
        group.create_task(console.log.run())
        group.create_task(console.boards.run())
        group.create_task(_open_log(console))
        group.create_task(keep_schedule(console))


async def _make_topics(address: KafkaAddress) -> None:
    while True:
        try:
            return await ensure_topics(address)
        except (KafkaError, OSError, TimeoutError) as error:
            log.warning("the log at %s is away: %r; trying again", address.bootstrap, error)
            await asyncio.sleep(RETRY_S)


async def _open_log(console: Console) -> None:
    """Say which incarnation of the log this is, when nobody did: the first."""
    while True:
        try:
            async with console.log.turn() as state:
                if state.incarnation == 0:
                    fact = LogOpened(at=console.now_ms(), by="console", incarnation=1)
                    await console.log.write(fact, "log")
                return
        except Refused:
            await asyncio.sleep(RETRY_S)


def _failure(task: "asyncio.Task[None]") -> BaseException:
    return task.exception() or RuntimeError("a part of it ended")
