"""Stands before the application: host names, security headers, HEAD, and the count of it all."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

import msgspec

from dashboards.api.console import Console
from dashboards.api.web.errors import Error, ErrorDetail
from dashboards.api.web.hosts import may_write
from streams.running import steady_s

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Any, Any, Any], Awaitable[None]]

READING = frozenset({"GET", "HEAD", "OPTIONS"})
UNROUTED = "(none)"
DEFAULT_HEADERS = {
    b"cache-control": b"no-store",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"cross-origin-resource-policy": b"same-site",
    b"permissions-policy": b"camera=(), microphone=(), geolocation=()",
    b"referrer-policy": b"same-origin",
    b"x-content-type-options": b"nosniff",
}


class Front:
    """Hands requests on to the application; a page's own headers win over the defaults."""

    def __init__(self, application: Asgi, console: Console) -> None:
        self._application = application
        self._console = console
        self._open = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        if scope["type"] != "http":
            return await self._application(scope, receive, send)
        self._open += 1
        self._idle.clear()
        try:
            await self._answer(scope, receive, send)
        finally:
            self._open -= 1
            if not self._open:
                self._idle.set()
        return None

    async def answered_all(self, within_s: float) -> None:
        """Wait for a moment at which no request waits for its answer, but not for ever."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._idle.wait()

    async def _answer(self, scope: Message, receive: Receive, send: Send) -> None:
        began, asked = steady_s(), scope["method"]
        answer = _Answer(send, is_head=asked == "HEAD")
        if asked == "HEAD":
            scope["method"] = "GET"
        if asked not in READING and not may_write(_host(scope), self._console.config.public_host):
            await _refuse_host(answer.send)
        else:
            await self._application(scope, receive, answer.send)
        self._count(asked, scope.get("path_template") or UNROUTED, answer.status, began)

    def _count(self, method: str, route: str, status: int, began: float) -> None:
        metrics = self._console.metrics
        known = method if method in ("GET", "HEAD", "POST", "PUT") else "other"
        metrics.requests.labels(known, route, str(status)).inc()
        metrics.request_seconds.labels(route).observe(steady_s() - began)


class _Answer:
    """What goes back: it gets the default headers, and loses its body when only asked about."""

    def __init__(self, send: Send, *, is_head: bool) -> None:
        self._send = send
        self._is_head = is_head
        self.status = 499  # as nginx has it: the client went before there was an answer

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = list(message.get("headers", ()))
            named = {bytes(name).lower() for name, _ in headers}
            missing = [item for item in DEFAULT_HEADERS.items() if item[0] not in named]
            message = {**message, "headers": [*headers, *missing]}
        elif self._is_head:
            message = {**message, "body": b""}
        await self._send(message)


def _host(scope: Message) -> str:
    found = [value for name, value in scope["headers"] if name.lower() == b"host"]
    return found[0].decode("latin-1") if len(found) == 1 else ""


async def _refuse_host(send: Send) -> None:
    detail = (
        "nothing is written under this host name: call the console by its address, or name it in "
        "`[listen] public_host`"
    )
    body = msgspec.json.encode(Error(ErrorDetail("host_not_allowed", None, detail)))
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})
