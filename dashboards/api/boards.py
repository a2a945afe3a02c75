"""Boards over HTTP: the latest of each, as the log says it."""

from typing import Any

from litestar import MediaType, Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec

from dashboards.api.console import SharedConsole
from dashboards.api.described import BoardId, errors
from dashboards.api.errors import Refused
from dashboards.api.etags import etag_of, is_held
from schemas.boards import Board

SEALED = "presentations:"


@get(
    "/api/boards/{board:str}",
    operation_id="read_board",
    tags=["boards"],
    responses={
        200: ResponseSpec(Board, description="The board.", generate_examples=False),
        304: ResponseSpec(None, description="The asker holds this one."),
    }
    | errors(403, 404, 503),
)
async def read_board(
    console: SharedConsole, request: Request[Any, Any, Any], board: BoardId
) -> Response[bytes]:
    """The latest board, byte for byte as in the log.

    Its ETag is its `seq`, which only grows; If-None-Match is answered with 304.
    """
    if board.startswith(SEALED):
        raise Refused(403, "not_revealed", f"the board {board} is not revealed yet")
    found = console.boards.get(board)
    if found is None:
        detail = f"no board {board!r} was published yet; a round has one once it was opened"
        raise Refused(404, "no_board", detail)
    seq, value = found
    headers = {"ETag": etag_of(seq), "Cache-Control": "no-cache"}
    if is_held(request.headers.get("if-none-match", ""), etag_of(seq)):
        return Response(b"", status_code=304, headers=headers)
    return Response(value, media_type=MediaType.JSON, headers=headers)


def board_routes() -> list[HTTPRouteHandler]:
    """Every address of boards."""
    return [read_board]
