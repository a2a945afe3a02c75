"""Bodies between the loop and the threads: a request's body as a file, an answer from a pipe."""

import asyncio
import fcntl
import io
import os
import tempfile
from contextlib import suppress
from typing import IO

from aiohttp import StreamReader

from tribune.embedded.clickhouse_errors import ClickHouseException

# A quarter of the pipe: the engine writes on while a piece is sent
PIECE_BYTES = 256 << 10
# What Linux allows to all (fs.pipe-max-size); 64 KiB would wake both sides 16 times as often
PIPE_BYTES = 1 << 20
# A whole answer is held only when a client asks for it; MOST_REQUESTS of these are half a GB
IN_MEMORY_BYTES = 8 << 20
F_SETPIPE_SZ = 1031  # Linux: a pipe of another size than 64 KiB


class Body(io.RawIOBase):
    """A request's body as a file for another thread; it fetches each piece from the loop."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, content: StreamReader, wait_s: float
    ) -> None:
        self._loop = loop
        self._content = content
        self._wait_s = wait_s

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes, as soon as there are some; empty at the end.

        Raises:
            ClickHouseException: the client has gone, or sent nothing for too long.
        """
        wanted = size if 0 <= size < PIECE_BYTES else PIECE_BYTES
        return asyncio.run_coroutine_threadsafe(self._next(wanted), self._loop).result()

    async def _next(self, size: int) -> bytes:
        try:
            async with asyncio.timeout(self._wait_s):
                return await self._content.read(size)
        except TimeoutError:
            said = f"Timeout exceeded while reading the body: {self._wait_s:g} s without data"
            raise ClickHouseException(209, "SOCKET_TIMEOUT", said) from None
        except Exception as error:
            raise ClickHouseException(
                210, "NETWORK_ERROR", f"the body ended early: {type(error).__name__}"
            ) from None


class Pipe:
    """The reading end of a pipe, on the loop; `write_fd` is for the thread that answers."""

    def __init__(self, reader: asyncio.StreamReader, transport: asyncio.BaseTransport) -> None:
        self._reader = reader
        self._transport = transport

    async def read(self) -> bytes:
        """The next piece, empty at the end."""
        return await self._reader.read(PIECE_BYTES)

    async def hold(self, most: float) -> tuple[IO[bytes], bool]:
        """Collect until the end or until there is more than `most`, and say whether it ended."""
        held = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115
        while held.tell() <= most:
            piece = await self.read()
            if not piece:
                return held, True
            held.write(piece)
        return held, False

    def close(self) -> None:
        """Stop reading: who still writes gets an error."""
        self._transport.close()


async def open_pipe() -> tuple[Pipe, int]:
    """Make a pipe: its reading end here, its writing end as a number for another thread."""
    read_fd, write_fd = os.pipe()
    with suppress(OSError):
        fcntl.fcntl(write_fd, F_SETPIPE_SZ, PIPE_BYTES)
    reader = asyncio.StreamReader(limit=PIECE_BYTES)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(read_fd, "rb", buffering=0)
    )
    return Pipe(reader, transport), write_fd
