"""Finds the handler of a request, answers, and counts what came of it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from streams.gateway.http.errors import error
from streams.gateway.http.faults import described
from streams.gateway.http.messages import Reply, Request
from streams.gateway.metrics import GatewayMetrics

NOWHERE = "none"

Handler = Callable[[Request], None]

log = logging.getLogger(__name__)


class Route(NamedTuple):
    """What the counters call a path (its door, where votes come in); a handler a method."""

    name: str
    methods: dict[str, Handler]


class Application:
    """Routes by exact path, or by all but the path's last part."""

    def __init__(
        self, exact: dict[str, Route], below: dict[str, Route], metrics: GatewayMetrics
    ) -> None:
        self._exact = exact
        self._below = below
        self._metrics = metrics

    def answer(self, request: Request) -> None:
        """Answer a request, now or later."""
        route = self._find(request.path)
        if route is None:
            request.route = NOWHERE
            request.respond(error(404, "not_found", "there is nothing at this path"))
            return
        request.route = route.name
        handler = route.methods.get("GET" if request.method == "HEAD" else request.method)
        if handler is None:
            request.respond(_not_allowed(route))
            return
        try:
            handler(request)
        except Exception as fault:
            request.respond(failed(fault))

    def answered(self, route: str, reply: Reply) -> None:
        """Count an answer."""
        self._metrics.answered(route, reply.outcome)

    def refused(self, path: str, reply: Reply) -> None:
        """Count an answer to what was no whole request."""
        route = self._find(path)
        self._metrics.answered(route.name if route else NOWHERE, reply.outcome)

    def _find(self, path: str) -> Route | None:
        return self._exact.get(path) or self._below.get(path[: path.rfind("/") + 1])


class Tasks:
    """Handlers that take their time, each request in a task of its own."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def handler(self, ask: Callable[[Request], Awaitable[Reply]]) -> Handler:
        """Make a handler of a coroutine function."""

        def handle(request: Request) -> None:
            task = asyncio.create_task(_run(ask, request))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

        return handle


async def _run(ask: Callable[[Request], Awaitable[Reply]], request: Request) -> None:
    try:
        reply = await ask(request)
    except Exception as fault:
        reply = failed(fault)
    request.respond(reply)


def at_once(ask: Callable[[Request], Reply]) -> Handler:
    """Make a handler of a function."""
    return lambda request: request.respond(ask(request))


def failed(fault: Exception) -> Reply:
    """A fault of our own is the log's to tell; the caller only hears that it was one."""
    log.error("a request failed: %s", described(fault))
    return error(500, "internal_error", "this is a fault of the gateway's own")


def _not_allowed(route: Route) -> Reply:
    allowed = ", ".join(route.methods)
    return error(405, "method_not_allowed", f"send {allowed}", headers=(("allow", allowed),))
