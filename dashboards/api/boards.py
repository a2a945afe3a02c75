"""Boards over HTTP: the latest of each, as the log says it."""

from typing import Any

from litestar import MediaType, Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec

from dashboards.api.auth import is_operator
from dashboards.api.console import Console, SharedConsole
from dashboards.api.described import OPERATOR, BoardId, errors
from dashboards.api.errors import Refused
from dashboards.api.etags import etag_of, is_held
from dashboards.api.mark_shapes import GroupPreview
from dashboards.api.previews import preview
from schemas.boards import Board, GroupBoard
from schemas.wire import decode, encode

GROUPS = "presentations:"
AnyRequest = Request[Any, Any, Any]


@get(
    "/api/boards/{board:str}",
    operation_id="read_board",
    tags=["boards"],
    security=[{}, *OPERATOR],
    responses={
        200: ResponseSpec(
            Board | GroupBoard | GroupPreview, description="The board.", generate_examples=False
        ),
        304: ResponseSpec(None, description="The asker holds this one."),
    }
    | errors(401, 403, 404, 429, 503),
)
async def read_board(
    console: SharedConsole, request: AnyRequest, board: BoardId
) -> Response[bytes]:
    """The latest board, byte for byte as in the log.

    Its ETag is its `seq`, which only grows; If-None-Match is answered with 304. The board of a
    group is refused until its first row is revealed, and has the revealed rows only. An operator
    gets it at any time, with every row, how many marks are missing, and the row to reveal next.
    """
    if board.startswith(GROUPS):
        return _group_board(console, request, board)
    found = console.boards.get(board)
    if found is None:
        detail = f"no board {board!r} was published yet; a round has one once it was opened"
        raise Refused(404, "no_board", detail)
    return _answer(request, found[1], etag_of(found[0]))


def board_routes() -> list[HTTPRouteHandler]:
    """Every address of boards."""
    return [read_board]


def _group_board(console: Console, request: AnyRequest, board: str) -> Response[bytes]:
    found, as_operator = console.boards.get(board), is_operator(request)
    held = decode(found[1], GroupBoard) if found else None
    if as_operator and held is None:
        detail = f"no board {board!r} was published; is there such a group, does a worker run?"
        raise Refused(404, "no_board", detail)
    if as_operator and held is not None:
        value = encode(preview(held, console.scores.key_of))
        return _answer(request, value, etag_of(f"{held.seq}-operator"))
    if found is None or held is None or not held.revealed:
        raise Refused(403, "not_revealed", f"the board {board} is not revealed yet")
    return _answer(request, found[1], etag_of(held.seq))


def _answer(request: AnyRequest, value: bytes, etag: str) -> Response[bytes]:
    headers = {"ETag": etag, "Cache-Control": "no-cache", "Vary": "Authorization"}
    if is_held(request.headers.get("if-none-match", ""), etag):
        return Response(b"", status_code=304, headers=headers)
    return Response(value, media_type=MediaType.JSON, headers=headers)
