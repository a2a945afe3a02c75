"""Every error of the API has one form: a word, the field, and a sentence that says what to do."""

import logging
from http import HTTPStatus
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException
from msgspec import Struct

from schemas.loading import Problem

log = logging.getLogger(__name__)

WORDS = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
}
ADVICE = {
    404: "there is nothing at this address; /docs lists what there is",
    405: "this address does not take this method; /docs lists what it takes",
    413: "the body is too large",
}


class ErrorDetail(Struct, frozen=True, omit_defaults=True):
    """What went wrong: `reason` for programs, `detail` for people, `field` when one is at fault."""

    reason: str
    detail: str
    field: str | None
    problems: list[Problem] = []


class Error(Struct, frozen=True):
    """The body of every answer of 400 and above."""

    error: ErrorDetail


class Refused(Exception):
    """An answer of 400 or above, with its reason."""

    def __init__(
        self,
        status: int,
        reason: str,
        detail: str,
        *,
        field: str | None = None,
        problems: list[Problem] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.body = Error(ErrorDetail(reason, detail, field, problems or []))
        self.headers = headers or {}


def unavailable(detail: str) -> Refused:
    """The log is away, or this console has not caught up with it."""
    return Refused(503, "log_unavailable", detail, headers={"Retry-After": "2"})


def answer_refused(_: Request[Any, Any, Any], refused: Refused) -> Response[Error]:
    """Answer as the rule that refused says."""
    return Response(refused.body, status_code=refused.status, headers=refused.headers)


def answer_http(_: Request[Any, Any, Any], error: HTTPException) -> Response[Error]:
    """Answer what the framework itself refuses, in the one form."""
    status = error.status_code
    reason = WORDS.get(status, HTTPStatus(status).phrase.lower().replace(" ", "_"))
    detail = ADVICE.get(status, error.detail)
    headers = {key: value for key, value in (error.headers or {}).items() if key.lower() == "allow"}
    return Response(Error(ErrorDetail(reason, detail, None)), status_code=status, headers=headers)


def answer_bug(request: Request[Any, Any, Any], error: Exception) -> Response[Error]:
    """Answer a fault of ours without telling its insides."""
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    detail = "the console failed at this; its log says why"
    return Response(Error(ErrorDetail("internal", detail, None)), status_code=500)
