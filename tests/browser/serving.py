"""The real pages, served over stand-ins for the console's answers and for push."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import websockets
from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar
from litestar.static_files import create_static_files_router

from dashboards.pages.routes import page_routes
from dashboards.vote_page import STATIC
from tests.support.ports import free_port


@dataclass
class Ports:
    """What the pages ask of the console's configuration."""

    port: int = field(default_factory=free_port)
    push_port: int = field(default_factory=free_port)
    gateway_port: int = field(default_factory=free_port)
    public_host: str = ""
    rehearsal: bool = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@asynccontextmanager
async def serving(
    ports: Ports, answers: list[Any], hear: Callable[[Any], Awaitable[None]]
) -> AsyncGenerator[None]:
    """Serve the pages beside the console's answers, and the push, until the block ends."""
    static = create_static_files_router(path="/static", directories=[STATIC])
    routes = [*page_routes(ports), *answers, static]
    server = Server(
        Litestar(routes, openapi_config=None, logging_config=None),
        address="127.0.0.1",
        port=ports.port,
        interface=Interfaces.ASGI,
        log_enabled=False,
    )
    serve = asyncio.create_task(server.serve())
    async with websockets.serve(hear, "127.0.0.1", ports.push_port):
        try:
            await _until_served(ports.port)
            yield
        finally:
            server.stop()
            await serve


async def _until_served(port: int) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return
