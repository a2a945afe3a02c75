"""Mounts a door of accounts at `/NAME/{account}`."""

from collections.abc import Awaitable, Callable
from urllib.parse import unquote

from streams.gateway.door import AccountDoor, Reply
from streams.gateway.errors import error
from streams.gateway.http.messages import Request
from streams.gateway.vote_form import read_fields


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
