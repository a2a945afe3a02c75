"""Mounts a door of accounts at `/NAME/{account}`."""

from collections.abc import Awaitable, Callable
from typing import Protocol
from urllib.parse import unquote

from streams.gateway.http.errors import error
from streams.gateway.http.messages import Reply, Request
from streams.gateway.vote_form import read_fields


class AccountDoor(Protocol):
    """A door mounted at `/NAME/{account}`, such as `/wechat/{account}`.

    The request's body is whole and within the size limit.
    """

    async def handle(
        self, account: str, method: str, query: dict[str, str], body: bytes, content_type: str
    ) -> Reply:
        """Answer one request; raises nothing on whatever a peer may send."""
        ...


def account_door(door: AccountDoor) -> Callable[[Request], Awaitable[Reply]]:
    """Hand a door its requests."""

    async def ask(request: Request) -> Reply:
        account = unquote(request.path.rpartition("/")[2])
        try:
            query = read_fields(request.query)
        except ValueError:
            return error(400, "bad_query", "send fewer parameters")
        content_type = request.headers.get("content-type", "")
        method = "GET" if request.method == "HEAD" else request.method
        return await door.handle(account, method, query, request.body, content_type)

    return ask
