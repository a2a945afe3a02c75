"""How an address is described in the API's document: what it may answer, and who may ask."""

from typing import Annotated, Any

from litestar.openapi.datastructures import ResponseSpec
from litestar.params import PathParameter, QueryParameter

from dashboards.api.web.errors import Error

WHEN = {
    400: "Something in the request cannot be read; the field is named.",
    401: "No token, or one that is not good.",
    403: "A token of another role, or a host name that may not write.",
    404: "There is no such thing.",
    408: "The body came too slowly.",
    409: "The rules refuse it as things stand; the detail says why.",
    412: "Something was decided since the ETag in If-Match; the current one is in ETag.",
    413: "The body is too large.",
    429: "Too many attempts without a good token, or too many marks; see Retry-After.",
    503: "The log or the stage is away, or this console has not caught up; see Retry-After.",
}
WRITE_ERRORS = (401, 403, 429, 503)  # what the guards and the log may say, whatever is written
BroadcastId = Annotated[str, PathParameter(description="A broadcast's id.")]
RoundId = Annotated[str, PathParameter(description="A round's id.")]
GroupId = Annotated[str, PathParameter(description="A group's id.")]
SlotId = Annotated[str, PathParameter(description="A slot's id.")]
BoardId = Annotated[
    str,
    PathParameter(
        description="`satisfaction:ROUND`, `presentations:GROUP` or `questions:BROADCAST`."
    ),
]
DryRun = Annotated[bool, QueryParameter(description="Only say what would change.")]
ScreenName = Annotated[str, PathParameter(description="A screen's name, or `all`.")]
DeviceName = Annotated[str, PathParameter(description="A device's name: of `[stage.NAME]`.")]
OPERATOR = [{"bearer": ["operator"]}]
EVALUATOR = [{"bearer": ["evaluator"]}]


def errors(*statuses: int) -> dict[int, Any]:
    """The error answers of an address, all of one form."""
    return {
        status: ResponseSpec(Error, description=WHEN[status], generate_examples=False)
        for status in statuses
    }
