"""Requests, why there is none, and replies."""

from collections.abc import Callable
from typing import NamedTuple


class Reply(NamedTuple):
    """An answer; `outcome` is one word for the counters (`accepted`, `bad_signature`)."""

    status: int
    body: bytes
    content_type: str
    outcome: str
    headers: tuple[tuple[str, str], ...] = ()


class Request:
    """One whole request; header names are in lower case, values of one name are joined by commas.

    `path` is as it was sent, before the question mark; `query` is what follows it. `route` is the
    name that it is counted under.
    """

    __slots__ = (
        "body",
        "headers",
        "is_1_1",
        "is_chunked",
        "keeps_alive",
        "method",
        "on_reply",
        "path",
        "query",
        "route",
    )

    def __init__(self, method: str, path: str, query: str) -> None:
        self.method, self.path, self.query = method, path, query
        self.headers: dict[str, str] = {}
        self.body = b""
        self.is_1_1 = True
        self.is_chunked = False
        self.keeps_alive = True
        self.route = ""
        self.on_reply: Callable[[Request, Reply], None] = _to_nobody

    def respond(self, reply: Reply) -> None:
        """Answer, now or later; what comes after the first answer is nothing."""
        self.on_reply(self, reply)


def _to_nobody(request: Request, reply: Reply) -> None:
    """A request that no connection has sent."""


class BadRequest(NamedTuple):
    """Why a request is not read on; the connection ends after this answer.

    `path` is where it was going, as far as that is known.
    """

    status: int
    reason: str
    detail: str
    path: str = ""
