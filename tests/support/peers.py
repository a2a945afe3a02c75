"""Who talks to the gateway in its tests: a partner with a foreign client, and a raw socket."""

import asyncio
import itertools
import json
import socket
import time
from datetime import UTC, datetime
from typing import Any

import httpx
import standardwebhooks

from tests.support.gateway import PARTNER, PARTNER_SECRET, Gateway

ids = (f"msg_{number}" for number in itertools.count(time.time_ns()))


def headers_for(
    body: bytes, message_id: str | None = None, at_s: float | None = None
) -> dict[str, str]:
    """Signed by the reference library of Standard Webhooks."""
    message_id = message_id or next(ids)
    at = datetime.fromtimestamp(int(time.time() if at_s is None else at_s), tz=UTC)
    signature = standardwebhooks.Webhook(PARTNER_SECRET).sign(message_id, at, body.decode())
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature,
        "x-tribune-partner": PARTNER,
        "content-type": "application/json",
    }


def ballot(**other: Any) -> dict[str, Any]:
    """A ballot that is taken, but for what is given otherwise."""
    plain = {"round": "satisfaction", "unit": "housing", "choice": "satisfied", "voter": "v1"}
    return plain | other


def post_votes(gateway: Gateway, body: Any, message_id: str | None = None) -> httpx.Response:
    """Send a body as the partner does."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.post(f"{gateway.url}/votes", content=raw, headers=headers_for(raw, message_id))


async def post_at_once(
    gateway: Gateway, requests: list[tuple[bytes, dict[str, str]]]
) -> list[httpx.Response]:
    """Send requests at the same time."""
    async with httpx.AsyncClient(timeout=10) as client:
        sends = [client.post(f"{gateway.url}/votes", content=b, headers=h) for b, h in requests]
        return await asyncio.gather(*sends)


def problem(answer: httpx.Response) -> tuple[int, str, str | None]:
    """Status, reason and field of a refusal."""
    found = answer.json()["error"]
    assert found["detail"]
    return answer.status_code, found["reason"], found["field"]


class Raw:
    """A connection on which any bytes may be sent."""

    def __init__(self, gateway: Gateway, timeout_s: float = 15) -> None:
        self._socket = socket.create_connection(("127.0.0.1", gateway.port), timeout_s)

    def __enter__(self) -> "Raw":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, data: bytes) -> "Raw":
        self._socket.sendall(data)
        return self

    def half_close(self) -> "Raw":
        self._socket.shutdown(socket.SHUT_WR)
        return self

    def until_closed(self) -> bytes:
        """All that comes until the gateway closes the connection."""
        found = bytearray()
        try:
            while piece := self._socket.recv(65_536):
                found += piece
        except ConnectionResetError:
            pass
        return bytes(found)

    def status(self) -> int:
        """The status of the next answer; 0 when the connection was closed without one."""
        head = bytearray()
        while b"\r\n" not in head:
            piece = self._socket.recv(65_536)
            if not piece:
                return 0
            head += piece
        return int(head.split(b" ", 2)[1])


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """A request as bytes; `content_length` may lie."""
    named = {"content-length": str(len(body)), "host": "127.0.0.1"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in named.items() if value)
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode() + body
