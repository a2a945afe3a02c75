"""Questions over HTTP: those of a broadcast that everybody may see."""

from typing import Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec

from agents.reducers.questions import KIND
from dashboards.api.boards.routes import answer_board
from dashboards.api.console import SharedConsole
from dashboards.api.sessions.routes import known
from dashboards.api.web.described import BroadcastId, errors
from schemas.questions import QuestionsBoard

AnyRequest = Request[Any, Any, Any]


@get(
    "/api/broadcasts/{broadcast_id:str}/questions",
    operation_id="read_questions",
    tags=["questions"],
    responses={
        200: ResponseSpec(QuestionsBoard, description="The board.", generate_examples=False),
        304: ResponseSpec(None, description="The asker holds this one."),
    }
    | errors(404, 503),
)
async def read_questions(
    console: SharedConsole, request: AnyRequest, broadcast_id: BroadcastId
) -> Response[bytes]:
    """The board of a broadcast's public questions, byte for byte as in the log.

    It has no rows yet: no rule lets a question through. Its ETag is its `seq`, which only grows;
    If-None-Match is answered with 304. Push says it on the channel `questions:BROADCAST`.
    """
    known(console, broadcast_id)
    return answer_board(console, request, KIND.name(broadcast_id))


def question_routes() -> list[HTTPRouteHandler]:
    """Every address of questions."""
    return [read_questions]
