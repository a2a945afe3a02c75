"""Who may do what: bearer tokens, checked before a handler sees the request."""

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from dashboards.api.console import Console
from dashboards.api.web.errors import RequestRefused
from streams.tokens import BadToken, Bearer, Role, read

Connection = ASGIConnection[Any, Any, Any, Any]
HOW = "send `Authorization: Bearer TOKEN`; `tribune token {role}` prints one"


def needs(*roles: Role) -> Any:
    """Guard a route: only bearers of one of these roles' tokens pass.

    `request.state.by` names them, `request.state.bearer` is all that the token says.
    """

    def guard(connection: Connection, _: BaseRouteHandler) -> None:
        bearer = _bearer(connection, *roles)
        connection.state.by, connection.state.bearer = bearer.by, bearer

    return guard


def is_operator(connection: Connection) -> bool:
    """Whether an operator asks, where others may ask too."""
    if "authorization" not in connection.headers:
        return False
    try:
        return bool(_bearer(connection, "operator"))
    except RequestRefused as refused:
        if refused.body.error.reason == "wrong_role":
            return False
        raise


def _bearer(connection: Connection, *roles: Role) -> Bearer:
    console: Console = connection.app.state.console
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise _unauthorised(connection, "missing_token", HOW.format(role=roles[0]))
    try:
        found = read(console.config.secret, token.strip())
    except BadToken as error:
        raise _unauthorised(connection, "bad_token", str(error)) from None
    if found.role not in roles:
        console.metrics.refused_bearers.labels("wrong_role").inc()
        detail = f"this needs the role {roles[0]}, and the token is of the role {found.role}"
        raise RequestRefused(403, "wrong_role", f"{detail}; {HOW.format(role=roles[0])}")
    return found


def _unauthorised(connection: Connection, reason: str, detail: str) -> RequestRefused:
    console: Console = connection.app.state.console
    console.metrics.refused_bearers.labels(reason).inc()
    address = connection.client.host if connection.client else ""
    if wait_s := console.failures.wait_s(address, console.now_ms() // 1000):
        headers = {"Retry-After": str(wait_s)}
        detail = f"too many attempts without a good token; wait {wait_s} s"
        return RequestRefused(429, "too_many_attempts", detail, headers=headers)
    return RequestRefused(
        401, reason, detail, headers={"WWW-Authenticate": 'Bearer realm="tribune"'}
    )
