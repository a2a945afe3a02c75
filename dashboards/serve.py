"""The console role: pages and API on one port, in one process."""

import asyncio
import logging
from contextlib import suppress
from typing import Any

from aiokafka.errors import KafkaError
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server
from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException

from dashboards.api.console import Console
from dashboards.api.errors import Refused, answer_bug, answer_http, answer_refused
from dashboards.api.routes import api_routes
from dashboards.config import ConsoleConfig
from dashboards.pages import page_routes
from dashboards.static_files import read_files, static_route
from schemas.addresses import KafkaAddress
from schemas.facts import LogOpened
from streams.topics import ensure_topics

__all__ = ["ConsoleConfig", "application", "serve"]

BODY_BYTES = 262_144
TOPICS_RETRY_S = 1.0

log = logging.getLogger(__name__)


async def serve(config: ConsoleConfig, stop: asyncio.Event) -> None:
    """Serve the console until `stop` is set."""
    console = Console.of(config)
    server = Server(
        application(console),
        address=config.host,
        port=config.port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=10_000, max_buffer_size=65_536),
        websockets=False,
        log_enabled=False,
    )
    work = [asyncio.create_task(_work(console)), asyncio.create_task(server.serve())]
    stopping = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait([*work, stopping], return_when=asyncio.FIRST_COMPLETED)
    server.stop()
    await asyncio.wait([work[1]], timeout=5)
    for task in (*work, stopping):
        task.cancel()
    ended = await asyncio.gather(*work, return_exceptions=True)
    if stopping not in done:
        raise RuntimeError(f"the console cannot go on: {ended!r}")


async def _work(console: Console) -> None:
    await _topics(console.config.kafka)
    async with asyncio.TaskGroup() as group:
        group.create_task(console.log.run())
        group.create_task(console.boards.run())
        group.create_task(_begin_log(console))


async def _topics(address: KafkaAddress) -> None:
    while True:
        try:
            return await ensure_topics(address)
        except (KafkaError, OSError, TimeoutError) as error:
            log.warning("the log at %s is away: %r; trying again", address.bootstrap, error)
            await asyncio.sleep(TOPICS_RETRY_S)


async def _begin_log(console: Console) -> None:
    await console.log.caught_up()
    while console.log.state.incarnation == 0:
        with suppress(Refused):
            async with console.log.turn():
                await console.log.write(
                    LogOpened(at=console.now_ms(), by="console", incarnation=1), "log"
                )


def application(console: Console) -> Litestar:
    """The web application round a console."""
    handlers: dict[Any, Any] = {
        Refused: answer_refused,
        HTTPException: answer_http,
        Exception: answer_bug,
    }
    return Litestar(
        [*api_routes(), *page_routes(console.config), static_route(read_files())],
        dependencies={"console": Provide(lambda: console, sync_to_thread=False)},
        exception_handlers=handlers,
        state=State({"console": console}),
        request_max_body_size=BODY_BYTES,
        openapi_config=None,
        logging_config=None,
    )
