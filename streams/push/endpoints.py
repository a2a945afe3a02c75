"""What push answers to plain HTTP, and whom it lets in at `/live`."""

from collections.abc import Callable
from http import HTTPStatus

import orjson
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from websockets.http11 import Request, Response
from websockets.server import ServerProtocol

from streams.push.origins import may_connect

NOWHERE = "There is nothing here. Viewers connect a WebSocket to /live; see /healthz, /metrics.\n"
FOREIGN = "Pages of this origin may not connect. Allow its host name in push's settings.\n"
FULL = "All places are taken. Try again in a few seconds.\n"
ONLY_GET = "Only GET is answered here.\n"


class Endpoints:
    """The paths of the port: `/live`, `/healthz` and `/metrics`."""

    def __init__(
        self,
        *,
        problems: Callable[[], list[str]],
        registry: CollectorRegistry,
        origins: tuple[str, ...],
        is_full: Callable[[], bool],
        refused: Callable[[str], None],
    ) -> None:
        self._problems = problems
        self._registry = registry
        self._origins = frozenset(origins)
        self._is_full = is_full
        self._refused = refused

    def respond(self, protocol: ServerProtocol, request: Request) -> Response:
        """Answer a request; with 101 the connection is a WebSocket."""
        path = request.path.partition("?")[0]
        if path == "/live":
            return self._live(protocol, request)
        if path not in ("/healthz", "/metrics"):
            return self._refuse(protocol, HTTPStatus.NOT_FOUND, "no_such_path", NOWHERE)
        if request.method != "GET":
            response = self._refuse(protocol, HTTPStatus.METHOD_NOT_ALLOWED, "method", ONLY_GET)
            response.headers["Allow"] = "GET"
            return response
        return self._healthz(protocol) if path == "/healthz" else self._metrics(protocol)

    def _live(self, protocol: ServerProtocol, request: Request) -> Response:
        headers = request.headers
        if not may_connect(headers.get_all("Origin"), headers.get_all("Host"), self._origins):
            return self._refuse(protocol, HTTPStatus.FORBIDDEN, "origin", FOREIGN)
        if self._is_full():
            response = self._refuse(protocol, HTTPStatus.SERVICE_UNAVAILABLE, "full", FULL)
            response.headers["Retry-After"] = "5"
            return response
        response = protocol.accept(request)
        if response.status_code != 101:
            self._refused("handshake")
        return response

    def _refuse(
        self, protocol: ServerProtocol, status: HTTPStatus, reason: str, sentence: str
    ) -> Response:
        self._refused(reason)
        return protocol.reject(status, sentence)

    def _healthz(self, protocol: ServerProtocol) -> Response:
        problems = self._problems()
        status = HTTPStatus.SERVICE_UNAVAILABLE if problems else HTTPStatus.OK
        body = {"ok": False, "problems": problems} if problems else {"ok": True}
        return _typed(protocol.reject(status, orjson.dumps(body).decode()), "application/json")

    def _metrics(self, protocol: ServerProtocol) -> Response:
        text = generate_latest(self._registry).decode()
        return _typed(protocol.reject(HTTPStatus.OK, text), CONTENT_TYPE_LATEST)


def _typed(response: Response, content_type: str) -> Response:
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = content_type
    return response
