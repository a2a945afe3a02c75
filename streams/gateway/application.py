"""Finds the handler of a request, answers, and counts what came of it."""

import logging
import traceback
from typing import NamedTuple

from streams.gateway.bodies import BodyRefused
from streams.gateway.door import Reply
from streams.gateway.errors import error
from streams.gateway.metrics import GatewayMetrics
from streams.gateway.rsgi import Handler, Scope, Wire

log = logging.getLogger(__name__)

NOWHERE = "none"


class Route(NamedTuple):
    """The door that a path belongs to, as the counters name it, and a handler a method."""

    door: str
    methods: dict[str, Handler]


class Application:
    """The RSGI application: routes by exact path, or by all but the path's last part."""

    def __init__(
        self, exact: dict[str, Route], below: dict[str, Route], metrics: GatewayMetrics
    ) -> None:
        self._exact = exact
        self._below = below
        self._metrics = metrics
        self._headers: dict[str, list[tuple[str, str]]] = {}

    async def __rsgi__(self, scope: Scope, wire: Wire) -> None:
        """Answer one request."""
        route = self._find(scope.path)
        reply = await self._answer(route, scope, wire)
        self._metrics.answered(route.door if route else NOWHERE, reply.outcome)
        wire.response_bytes(reply.status, self._headers_of(reply), reply.body)

    def _find(self, path: str) -> Route | None:
        found = self._exact.get(path)
        return found or self._below.get(path[: path.rfind("/") + 1])

    async def _answer(self, route: Route | None, scope: Scope, wire: Wire) -> Reply:
        if route is None:
            return error(404, "not_found", "there is nothing at this path")
        handler = route.methods.get("GET" if scope.method == "HEAD" else scope.method)
        if handler is None:
            allowed = ", ".join(route.methods)
            return error(
                405, "method_not_allowed", f"send {allowed}", headers=(("allow", allowed),)
            )
        try:
            return await handler(scope, wire)
        except BodyRefused as refused:
            return refused.reply
        except Exception as failure:
            log.error("a request failed: %s", described(failure))
            return error(500, "internal_error", "this is a fault of the gateway's own")

    def _headers_of(self, reply: Reply) -> list[tuple[str, str]]:
        if reply.headers:
            return [("content-type", reply.content_type), *reply.headers]
        known = self._headers.get(reply.content_type)
        if known is None:
            known = self._headers[reply.content_type] = [("content-type", reply.content_type)]
        return known


def described(failure: BaseException) -> str:
    """What failed and where, without the message: it may quote what a citizen sent."""
    places = traceback.extract_tb(failure.__traceback__)[-3:]
    where = " < ".join(f"{place.filename}:{place.lineno}" for place in reversed(places))
    return f"{type(failure).__name__} at {where}"
