"""The HTTP server: granian in this process, on this event loop, with its limits set."""

import asyncio
import socket
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from streams.gateway.application import Application
from streams.gateway.config import GatewayConfig

BACKLOG = 4_096
DRAIN_S = 5.0


def http_server(config: GatewayConfig, application: Application) -> Server:
    """Make the server: HTTP/1.1 only, so that one request at a time is all a connection holds.

    More connections than the limit wait in the kernel's queue until one is free.
    """
    limits = config.limits
    return Server(
        application,
        address=config.host,
        port=config.port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        websockets=False,
        backlog=BACKLOG,
        backpressure=limits.connections,
        http1_settings=HTTP1Settings(
            header_read_timeout=limits.header_timeout_ms, max_buffer_size=limits.header_bytes
        ),
        log_enabled=False,
    )


def check_port(host: str, port: int) -> None:
    """Granian shares a port with whoever lets it; so ask first.

    Raises:
        OSError: the port cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    socket.create_server((host, port), family=family).close()


async def serving(server: Server) -> None:
    """Serve until cancelled; then let no one in any more, and answer who is in.

    Raises:
        RuntimeError: the server ended by itself.
    """
    served: asyncio.Task[Any] = asyncio.create_task(server.serve())
    try:
        await asyncio.shield(served)
    except asyncio.CancelledError:
        server.stop()
        await asyncio.wait([served], timeout=DRAIN_S)
        raise
    raise RuntimeError("the HTTP server ended by itself")
