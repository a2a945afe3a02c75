"""A way to a server that can be made to hold its answers back, and to be away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from schemas.addresses import ClickHouseAddress


class SlowProxy:
    """Passes bytes on; while `answering` is cleared what the server says waits."""

    def __init__(self, to: ClickHouseAddress) -> None:
        parts = urlsplit(to.url)
        self._host, self._port = parts.hostname or "", parts.port or 0
        self._ways: set[asyncio.Task[None]] = set()
        self.answering = asyncio.Event()
        self.answering.set()
        self.held_back = 0
        self.address = to

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        task = asyncio.current_task()
        assert task is not None
        self._ways.add(task)
        there, back = await asyncio.open_connection(self._host, self._port)
        asking = asyncio.create_task(_copy(reader, back))
        with suppress(OSError, asyncio.CancelledError):
            while piece := await there.read(1 << 16):
                self.held_back += not self.answering.is_set()
                await self.answering.wait()
                writer.write(piece)
                await writer.drain()
        asking.cancel()
        for end in (writer, back):
            end.close()
        self._ways.discard(task)

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
async def slow_proxy(to: ClickHouseAddress) -> AsyncIterator[SlowProxy]:
    """Run a way to a ClickHouse until the block ends."""
    proxy = SlowProxy(to)
    server = await asyncio.start_server(proxy.pass_on, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    proxy.address = ClickHouseAddress(f"http://127.0.0.1:{port}", database=to.database)
    try:
        yield proxy
    finally:
        proxy.cut()
        server.close()
        await server.wait_closed()
