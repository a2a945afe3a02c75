"""An embedded broker behind a wire that can be cut or frozen: it keeps what it holds."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from schemas.addresses import KafkaAddress
from tests.support.broker import embedded_broker
from tests.support.ports import free_port


class BrokerWire:
    """The only way to a broker; a thread of its own passes the bytes on."""

    def __init__(self, port: int, to_port: int) -> None:
        self._port, self._to_port = port, to_port
        self._loop = asyncio.new_event_loop()
        self._flows = asyncio.Event()
        self._flows.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._do(self._listen())

    def stop(self) -> None:
        self.cut()
        self._do(self._until_idle())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self) -> None:
        """Close every connection, and refuse new ones."""
        self._do(self._close())

    def freeze(self) -> None:
        """Let connections stand, and pass nothing on."""
        self._loop.call_soon_threadsafe(self._flows.clear)

    def mend(self) -> None:
        """Be a wire again."""
        self._loop.call_soon_threadsafe(self._flows.set)
        self._do(self._listen())

    def _do(self, coroutine: object) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(10)  # pyright: ignore

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)

    async def _close(self) -> None:
        self._flows.set()
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._writers):
            writer.transport.abort()

    async def _until_idle(self) -> None:
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others)
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._to_port)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, back}
        await asyncio.gather(self._pass(reader, back), self._pass(there, writer))
        self._writers -= {writer, back}

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(65_536):
                await self._flows.wait()
                writer.write(piece)
                await writer.drain()
        except OSError:
            pass
        writer.transport.abort()


@contextmanager
def broker_behind_a_wire() -> Iterator[tuple[KafkaAddress, BrokerWire]]:
    """Run an empty embedded broker until the block ends."""
    port, wire_port = free_port(), free_port()
    wire = BrokerWire(wire_port, port)
    with embedded_broker(port, advertised=wire_port) as address:
        wire.start()
        yield address, wire
        wire.stop()
