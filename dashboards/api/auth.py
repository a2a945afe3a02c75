"""Who may do what: bearer tokens, checked before a handler sees the request."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from dashboards.api.errors import Refused
from streams.tokens import BadToken, Bearer, Role, read

HOW = "send `Authorization: Bearer TOKEN`; `tribune token {role}` prints one"


def bearer(connection: ASGIConnection[Any, Any, Any, Any], secret: bytes, role: Role) -> Bearer:
    """Read the token of a request.

    Raises:
        Refused: 401 without a token of ours, 403 with one of another role.
    """
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise _unauthorised("missing_token", HOW.format(role=role))
    try:
        found = read(secret, token.strip())
    except BadToken as error:
        raise _unauthorised("bad_token", str(error)) from None
    if found.role != role:
        detail = f"this needs the role {role}, the token is of {found.role}; " + HOW.format(
            role=role
        )
        raise Refused(403, "wrong_role", detail)
    return found


def _unauthorised(reason: str, detail: str) -> Refused:
    headers = {"WWW-Authenticate": f'Bearer realm="tribune", error="{reason}"'}
    return Refused(401, reason, detail, headers=headers)


def needs(role: Role) -> Any:
    """Guard a route: only bearers of the role's token pass, and are kept as `request.state.by`."""

    def guard(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        console = connection.app.state.console
        connection.state.by = bearer(connection, console.config.secret, role).by

    return guard
