"""Compression of HTTP bodies as ClickHouse negotiates it, in bounded pieces."""

import gzip
import io
import zlib
from collections.abc import Callable
from typing import BinaryIO, Protocol, cast

import cramjam
import lz4.frame
import zstandard

from tribune.embedded.clickhouse_errors import ClickHouseException

# The most preferred first: chooseHTTPCompressionMethod of ClickHouse.
PREFERRED = ("zstd", "br", "lz4", "gzip", "deflate")
# Its reader gives no bounded pieces: so much and no more may one body unpack to in memory
BROTLI_BODY_BYTES = 64 << 20


class Packer(Protocol):
    """Compresses a body piece by piece."""

    def compress(self, data: bytes, /) -> bytes:
        """Take a piece; what it returns may lag behind."""
        ...

    def flush(self) -> bytes:
        """End the body."""
        ...


class _Plain:
    def compress(self, data: bytes, /) -> bytes:
        return data

    def flush(self) -> bytes:
        return b""


class _Lz4:
    def __init__(self) -> None:
        self._frame = lz4.frame.LZ4FrameCompressor()
        self._head: bytes = self._frame.begin()

    def compress(self, data: bytes, /) -> bytes:
        head, self._head = self._head, b""
        return head + self._frame.compress(data)

    def flush(self) -> bytes:
        return self._head + self._frame.flush()


class _Brotli:
    def __init__(self) -> None:
        self._brotli = cramjam.brotli.Compressor(1)

    def compress(self, data: bytes, /) -> bytes:
        self._brotli.compress(data)
        return bytes(self._brotli.flush())

    def flush(self) -> bytes:
        return bytes(self._brotli.finish())


# 3 is ClickHouse's http_zlib_compression_level
PACKERS: dict[str, Callable[[], Packer]] = {
    "": _Plain,
    "gzip": lambda: zlib.compressobj(3, wbits=31),
    "deflate": lambda: zlib.compressobj(3),
    "zstd": lambda: zstandard.ZstdCompressor(level=1).compressobj(),
    "lz4": _Lz4,
    "br": _Brotli,
}


class _Deflate(io.RawIOBase):
    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._zlib = zlib.decompressobj()

    def readable(self) -> bool:
        return True

    def readinto(self, room: memoryview, /) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        while not self._zlib.eof:
            # 64 KiB in gives at most 64 MiB out, and that is bounded by the piece asked for
            packed = self._zlib.unconsumed_tail or self._raw.read(1 << 16)
            if not packed:
                raise EOFError("the body ends before its stream does")
            if plain := self._zlib.decompress(packed, len(room)):
                room[: len(plain)] = plain
                return len(plain)
        return 0


def _brotli(raw: BinaryIO) -> BinaryIO:
    packed = raw.read(BROTLI_BODY_BYTES + 1)
    whole = bytearray(BROTLI_BODY_BYTES)
    if len(packed) > BROTLI_BODY_BYTES:
        raise EOFError(f"brotli bodies of more than {BROTLI_BODY_BYTES} bytes are not read")
    size = cramjam.brotli.decompress_into(packed, whole)
    return io.BytesIO(memoryview(whole)[:size])


READERS: dict[str, Callable[[BinaryIO], object]] = {
    "": lambda raw: raw,
    "identity": lambda raw: raw,
    "gzip": lambda raw: gzip.GzipFile(fileobj=raw),
    "deflate": _Deflate,
    "zstd": lambda raw: zstandard.ZstdDecompressor().stream_reader(raw, read_across_frames=True),
    "lz4": lz4.frame.LZ4FrameFile,
    "br": _brotli,
}
# What these libraries raise on a body that is not what its header says.
SPOILT = (
    zlib.error,
    zstandard.ZstdError,
    cramjam.DecompressionError,
    gzip.BadGzipFile,
    EOFError,
    RuntimeError,
)


def choose(accepted: str) -> str:
    """The encoding of an answer for an Accept-Encoding header, or empty for none."""
    offered = {part.partition(";")[0].strip().lower() for part in accepted.split(",")}
    return next((name for name in PREFERRED if name in offered), "")


def reader(encoding: str, raw: BinaryIO) -> BinaryIO:
    """A file of what a body with this Content-Encoding holds.

    Raises:
        ClickHouseException: the encoding is none that ClickHouse knows.
    """
    make = READERS.get(encoding.strip().lower())
    if make is None:
        raise ClickHouseException(
            48, "NOT_IMPLEMENTED", f"Unknown compression method '{encoding}' of the body"
        )
    try:
        return cast(BinaryIO, make(raw))
    except SPOILT as error:
        raise spoilt(error) from None


def read(body: BinaryIO, size: int) -> bytes:
    """Read so many bytes of it, fewer only at its end.

    Raises:
        ClickHouseException: the body is not compressed as it says.
    """
    pieces: list[bytes] = []
    wanted = size
    try:
        while wanted > 0 and (piece := body.read(wanted)):
            pieces.append(piece)
            wanted -= len(piece)
    except SPOILT as error:
        raise spoilt(error) from None
    return b"".join(pieces)


def spoilt(error: BaseException) -> ClickHouseException:
    """The exception for a body that is not compressed as it says."""
    return ClickHouseException(
        271, "CANNOT_DECOMPRESS", f"the body is not compressed as its header says: {error}"
    )
