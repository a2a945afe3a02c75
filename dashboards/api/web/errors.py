"""Every error of the API has one form: a word, the field, and a sentence that says what to do."""

import logging
from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from msgspec import Struct

from schemas.loading import Problem

ADVICE = {
    404: ("not_found", "there is nothing at this address; /docs lists what there is"),
    405: ("method_not_allowed", "this address does not take this method; /docs lists what it does"),
    413: ("body_too_large", "the body is larger than this address takes"),
}

log = logging.getLogger(__name__)


class ErrorDetail(Struct, frozen=True):
    """What went wrong: `reason` for programs, `detail` for people, `field` when one is at fault."""

    reason: str
    field: str | None
    detail: str


class Error(Struct, frozen=True, omit_defaults=True):
    """The body of every answer of 400 and above; `errors` when more than one thing is wrong."""

    error: ErrorDetail
    errors: list[Problem] = []


class RequestRefused(Exception):
    """An answer of 400 or above, with its reason."""

    def __init__(
        self,
        status: int,
        reason: str,
        detail: str,
        *,
        field: str | None = None,
        errors: list[Problem] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.body = Error(ErrorDetail(reason, field, detail), errors or [])
        self.headers = headers or {}


def unavailable(detail: str) -> RequestRefused:
    """The log is away, or this console has not caught up with it."""
    return RequestRefused(503, "log_unavailable", detail, headers={"Retry-After": "2"})


def not_done(problem: str) -> RequestRefused:
    """The log is away before anything was written: the same may be asked again."""
    return unavailable(f"nothing was done: {problem}; try again in a moment")


def unknown_broadcast(broadcast_id: str) -> RequestRefused:
    """Nothing of this id is loaded."""
    detail = f"no broadcast {broadcast_id!r} is loaded; /api/broadcasts lists them"
    return RequestRefused(404, "unknown_broadcast", detail)


def answer_refused(_: Request[Any, Any, Any], refused: RequestRefused) -> Response[Error]:
    """Answer as the rule that refused says."""
    return Response(refused.body, status_code=refused.status, headers=refused.headers)


def answer_http(_: Request[Any, Any, Any], error: HTTPException) -> Response[Error]:
    """Answer what the framework itself refuses, in the one form."""
    status = error.status_code
    phrase = HTTPStatus(status).phrase.lower().replace(" ", "_")
    reason, detail = ADVICE.get(status, (phrase, error.detail))
    headers = {key: value for key, value in (error.headers or {}).items() if key.lower() == "allow"}
    return Response(Error(ErrorDetail(reason, None, detail)), status_code=status, headers=headers)


def answer_invalid(_: Request[Any, Any, Any], error: ValidationException) -> Response[Error]:
    """Answer a parameter that cannot be read, naming it."""
    first = error.extra[0] if isinstance(error.extra, list) and error.extra else {}
    field, message = first.get("key"), str(first.get("message") or error.detail)
    if message == repr(field):
        message = "is missing; the body is empty" if field == "data" else "is missing"
    return Response(Error(ErrorDetail("bad_parameter", field, message)), status_code=400)


def answer_bug(request: Request[Any, Any, Any], error: Exception) -> Response[Error]:
    """Answer a fault of ours without telling its insides."""
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    detail = "the console failed at this; its log says why"
    return Response(Error(ErrorDetail("internal", None, detail)), status_code=500)
