"""Asks a child whether it is well: by HTTP, or a broker by the smallest request of Kafka."""

import asyncio
import io
import json
import struct
from collections.abc import Awaitable, Callable
from http.client import HTTPException, HTTPResponse
from typing import Any, cast

from tribune.supervise.liveness import Health

Probe = Callable[[], Awaitable[Health]]

# A role on a busy machine answers in tenths of a second; three such silences are below `silent_s`
# of Patience
TIMEOUT_S = 3.0
API_VERSIONS = 18  # Kafka's protocol: the api key of ApiVersions, which needs no password
SILENCE = Health(answered=False)


def http_probe(host: str, port: int, path: str) -> Probe:
    """Probe a path that answers 200, or else `{"problems": [...]}`."""

    async def probe() -> Health:
        request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n"
        answer = await _ask(host, port, request.encode(), lambda reader: reader.read())
        return SILENCE if answer is None else _http_health(answer)

    return probe


def kafka_probe(host: str, port: int) -> Probe:
    """Probe a broker by asking for the versions that it speaks, so that a hung one is found."""
    header = struct.pack(">hhih", API_VERSIONS, 0, 1, -1)

    async def probe() -> Health:
        request = struct.pack(">i", len(header)) + header
        answer = await _ask(host, port, request, lambda reader: reader.readexactly(8))
        return SILENCE if answer is None else Health(answered=True)

    return probe


async def _ask(
    host: str,
    port: int,
    request: bytes,
    read: Callable[[asyncio.StreamReader], Awaitable[bytes]],
) -> bytes | None:
    try:
        async with asyncio.timeout(TIMEOUT_S):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(request)
                return await read(reader)
            finally:
                writer.transport.abort()
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return None


class _Bytes:
    """What http.client reads an answer from."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer

    def makefile(self, _mode: str) -> io.BytesIO:
        """Give the bytes as a file."""
        return io.BytesIO(self._answer)


def _http_health(answer: bytes) -> Health:
    try:
        response = HTTPResponse(cast(Any, _Bytes(answer)))
        response.begin()
        body = response.read()
    except (HTTPException, OSError, ValueError):
        return SILENCE
    if response.status == 200:
        return Health(answered=True)
    return Health(answered=True, problems=_problems(response.status, body))


def _problems(status: int, body: bytes) -> tuple[str, ...]:
    try:
        problems = json.loads(body)["problems"]
        return tuple(str(problem) for problem in problems) or (f"answers {status}",)
    except (ValueError, KeyError, TypeError):
        return (f"answers {status}",)
