"""A way to the embedded ClickHouse, which knows no users, for those alone who sign in."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from schemas.addresses import ClickHouseAddress

HEAD_END = b"\r\n\r\n"
REFUSAL = (
    b"HTTP/1.1 403 Forbidden\r\nX-ClickHouse-Exception-Code: 516\r\n"
    b"Content-Length: 22\r\nConnection: close\r\n\r\nAUTHENTICATION_FAILED\n"
)


class Proxy:
    """Passes a connection on when its first request names the user and the password."""

    def __init__(self, to: ClickHouseAddress, user: str, password: str) -> None:
        parts = urlsplit(to.url)
        self._host, self._port = parts.hostname or "", parts.port or 0
        basic = b64encode(f"{user}:{password}".encode()).decode()
        self._signed = {("authorization", f"Basic {basic}")}
        self._named = {("x-clickhouse-user", user), ("x-clickhouse-key", password)}
        self._ways: set[asyncio.Task[None]] = set()

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        way = asyncio.create_task(self._pass_on(reader, writer))
        self._ways.add(way)
        way.add_done_callback(self._ways.discard)
        with suppress(asyncio.CancelledError):
            await way
        writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(HEAD_END)
            if not self._may_enter(head.decode("latin-1")):
                writer.write(REFUSAL)
                return await writer.drain()
            there, back = await asyncio.open_connection(self._host, self._port)
            back.write(head)
            asking = asyncio.create_task(_copy(reader, back))
            try:
                await _copy(there, writer)
            finally:
                asking.cancel()
                back.close()

    def _may_enter(self, head: str) -> bool:
        """Whether a request signs in; a look at /ping needs none, as at ClickHouse."""
        request, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
        pairs = (line.split(": ", 1) for line in lines)
        said = {(name.lower(), value) for name, value in pairs}
        return request.split()[1] == "/ping" or self._signed <= said or self._named <= said

    def cut(self) -> None:
        """Break every connection."""
        for way in list(self._ways):
            way.cancel()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(1 << 16):
            writer.write(piece)
            await writer.drain()


@asynccontextmanager
async def clickhouse_proxy(to: ClickHouseAddress, user: str, password: str) -> AsyncIterator[int]:
    """Open such a way until the block ends; its port."""
    proxy = Proxy(to, user, password)
    server = await asyncio.start_server(proxy.pass_on, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        proxy.cut()
        await server.wait_closed()
