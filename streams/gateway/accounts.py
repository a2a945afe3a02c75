"""Mounts a door of accounts at `/NAME/{account}`."""

from streams.gateway.bodies import Bodies
from streams.gateway.door import AccountDoor, Reply
from streams.gateway.errors import error
from streams.gateway.rsgi import Handler, Scope, Wire
from streams.gateway.vote_form import read_fields


def account_handler(door: AccountDoor, bodies: Bodies) -> Handler:
    """Hand the door its requests, whole and within the limits."""

    async def handle(scope: Scope, wire: Wire) -> Reply:
        account = scope.path.rpartition("/")[2]
        try:
            query = read_fields(scope.query_string)
        except ValueError:
            return error(400, "bad_query", "send fewer parameters")
        body = b"" if scope.method in ("GET", "HEAD") else await bodies.read(scope, wire)
        content_type = scope.headers.get("content-type") or ""
        method = "GET" if scope.method == "HEAD" else scope.method
        return await door.handle(account, method, query, body, content_type)

    return handle
