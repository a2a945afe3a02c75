"""The answer to one request: headers, body and errors, as ClickHouse's HTTP interface has them."""

import asyncio
import json
import secrets
import string
from dataclasses import asdict
from typing import IO

from aiohttp import web

from tribune.embedded.clickhouse_ask import Ask
from tribune.embedded.clickhouse_body import PIECE_BYTES, Pipe
from tribune.embedded.clickhouse_codecs import PACKERS
from tribune.embedded.clickhouse_errors import ClickHouseException, in_stream
from tribune.embedded.clickhouse_run import Summary

# Who takes nothing for so long holds a thread (ClickHouse's own http_send_timeout is 30 s)
CLIENT_WAIT_S = 60.0
# As DBMS_DEFAULT_BUFFER_SIZE of ClickHouse: what fails within it has the right status
ONE_PIECE_BYTES = 1 << 20
TEXT = "text/plain; charset=UTF-8"
BINARY = "application/octet-stream"
CONTENT_TYPES = {
    "TabSeparated": "text/tab-separated-values; charset=UTF-8",
    "CSV": "text/csv; charset=UTF-8; header=absent",
    "CSVWithNames": "text/csv; charset=UTF-8; header=present",
    "JSON": "application/json; charset=UTF-8",
    "JSONEachRow": "application/x-ndjson; charset=UTF-8",
    "XML": "application/xml; charset=UTF-8",
}
BINARY_FORMATS = ("Native", "RowBinary", "Parquet", "Arrow", "ORC", "Avro", "MsgPack", "BSON")


def content_type(written: str) -> str:
    """The media type of a ClickHouse format."""
    name = written.replace("TSV", "TabSeparated")
    if name in CONTENT_TYPES:
        return CONTENT_TYPES[name]
    if name.startswith(BINARY_FORMATS):
        return BINARY
    if name.startswith("JSON"):
        return CONTENT_TYPES["JSONEachRow" if "EachRow" in name else "JSON"]
    found = next((kind for kind in ("TabSeparated", "CSVWithNames", "CSV") if kind in name), "")
    return CONTENT_TYPES.get(found, TEXT)


def new_tag() -> str:
    """A tag that marks an exception within a body."""
    # as long as ClickHouse's own
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(16))


def headers(server: dict[str, str], wanted: Ask, written: str) -> dict[str, str]:
    """What every answer to a query carries."""
    return server | {
        "Content-Type": content_type(written),
        "X-ClickHouse-Query-Id": wanted.query_id,
        "X-ClickHouse-Format": written,
        "X-ClickHouse-Exception-Tag": new_tag(),
    }


def summary_header(summary: Summary) -> str:
    """The numbers of a query as ClickHouse writes them: strings in JSON."""
    return json.dumps({name: str(value) for name, value in asdict(summary).items()})


def failure(
    server: dict[str, str], wanted: Ask | None, error: ClickHouseException, version: str
) -> web.Response:
    """An exception before the body began: a status, the code in a header, one line of text."""
    said = server | {
        "Content-Type": TEXT,
        "X-ClickHouse-Exception-Code": str(error.code),
    }
    if wanted is not None:
        said["X-ClickHouse-Query-Id"] = wanted.query_id
    text = f"{error.text} (version {version})\n"
    return web.Response(status=error.status, body=text.encode(), headers=said)


def whole(said: dict[str, str], wanted: Ask, held: IO[bytes]) -> web.Response:
    """A small answer, in one piece."""
    held.seek(0)
    body = held.read()
    if body and wanted.answer_encoding:
        packer = PACKERS[wanted.answer_encoding]()
        body = packer.compress(body) + packer.flush()
        said["Content-Encoding"] = wanted.answer_encoding
    return web.Response(body=body, headers=said)


class Stream:
    """An answer in pieces; an error in its midst is told at its end, and the connection cut."""

    def __init__(
        self, request: web.Request, said: dict[str, str], wanted: Ask, version: str
    ) -> None:
        self._request = request
        self._packer = PACKERS[wanted.answer_encoding]()
        self._tag = said["X-ClickHouse-Exception-Tag"]
        self._version = version
        if wanted.answer_encoding:
            said["Content-Encoding"] = wanted.answer_encoding
        self.response = web.StreamResponse(headers=said)

    async def send(self, held: IO[bytes], rest: Pipe | None) -> None:
        """Send what was held, and then what still comes."""
        await self.response.prepare(self._request)
        held.seek(0)
        while piece := held.read(PIECE_BYTES):
            await self._write(self._packer.compress(piece))
        while rest is not None and (piece := await rest.read()):
            await self._write(self._packer.compress(piece))

    async def end(self) -> None:
        """The answer is complete."""
        await self._write(self._packer.flush())
        await self.response.write_eof()

    async def fail(self, error: ClickHouseException) -> None:
        """The answer is not complete: say why, and end the connection without an end of body."""
        block = in_stream(f"{error.text} (version {self._version})", self._tag)
        await self._write(self._packer.compress(block) + self._packer.flush())
        if self._request.transport is not None:
            self._request.transport.close()

    async def _write(self, piece: bytes) -> None:
        if piece:
            async with asyncio.timeout(CLIENT_WAIT_S):
                await self.response.write(piece)
