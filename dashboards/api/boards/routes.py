"""Boards over HTTP: the latest of each, as the log says it."""

from typing import Annotated, Any

from litestar import MediaType, Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import PathParameter

from dashboards.api.boards.archive import old_board
from dashboards.api.boards.previews import preview
from dashboards.api.console import Console, SharedConsole
from dashboards.api.marks.shapes import GroupPreview, NamedVersion
from dashboards.api.web.auth import is_operator
from dashboards.api.web.described import OPERATOR, BoardId, errors
from dashboards.api.web.errors import Refused
from dashboards.api.web.etags import etag_of, is_held
from schemas.boards import Board, GroupBoard
from schemas.wire import decode, encode

GROUPS = "presentations:"
VersionNumber = Annotated[int, PathParameter(description="The version, from 1.", ge=1)]
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
        return _answer_group(console, request, _published(console, request, board))
    found = console.boards.get(board)
    if found is None:
        detail = f"no board {board!r} was published yet; a round has one once it was opened"
        raise Refused(404, "no_board", detail)
    return _answer(request, found[1], etag_of(found[0]))


@get(
    "/api/boards/{board:str}/versions",
    operation_id="list_versions",
    tags=["boards"],
    security=[{}, *OPERATOR],
    responses=errors(401, 403, 404, 429, 503),
)
async def list_versions(
    console: SharedConsole, request: AnyRequest, board: BoardId
) -> list[NamedVersion]:
    """The versions of a group's board, the first one first: who corrected what, when and why.

    It is told when the board is, and to an operator at any time.
    """
    return _versions(_seen(console, request, board))


@get(
    "/api/boards/{board:str}/versions/{version:int}",
    operation_id="read_version",
    tags=["boards"],
    security=[{}, *OPERATOR],
    responses={
        200: ResponseSpec(
            GroupBoard | GroupPreview, description="The board.", generate_examples=False
        ),
        304: ResponseSpec(None, description="The asker holds this one."),
    }
    | errors(401, 403, 404, 429, 503),
)
async def read_version(
    console: SharedConsole, request: AnyRequest, board: BoardId, version: VersionNumber
) -> Response[bytes]:
    """One version of a group's board, as it was published last before the next correction.

    It has the rows that were public then, for an operator all of them. Older ones are read from
    the archive: 503 `archive_unavailable` says that ClickHouse is away.
    """
    held = _seen(console, request, board)
    if version == held.version:
        return _answer_group(console, request, _published(console, request, board))
    value = None
    if version < held.version:
        value = await old_board(console.config.clickhouse, board, version)
    if value is None:
        detail = f"the archive has no version {version} of {board}; it is at {held.version} now"
        raise Refused(404, "no_version", detail)
    return _answer_group(console, request, value)


def board_routes() -> list[HTTPRouteHandler]:
    """Every address of boards."""
    return [read_board, list_versions, read_version]


def _seen(console: Console, request: AnyRequest, board: str) -> GroupBoard:
    """The newest board of a group, if the asker may know of it."""
    if not board.startswith(GROUPS):
        detail = "only the boards of groups have versions: `presentations:GROUP`"
        raise Refused(404, "no_versions", detail)
    held = decode(_published(console, request, board), GroupBoard)
    _check_revealed(request, held)
    return held


def _versions(held: GroupBoard) -> list[NamedVersion]:
    corrections = [None, *held.corrections]
    return [
        NamedVersion(number, number == held.version, correction)
        for number, correction in enumerate(corrections, 1)
    ]


def _published(console: Console, request: AnyRequest, board: str) -> bytes:
    """What was published of a group's board last; only an operator hears that there is none."""
    if found := console.boards.get(board):
        return found[1]
    if is_operator(request):
        detail = f"no board {board!r} was published; is there such a group, does a worker run?"
        raise Refused(404, "no_board", detail)
    raise _not_revealed(board)


def _check_revealed(request: AnyRequest, held: GroupBoard) -> None:
    if not (held.revealed or is_operator(request)):
        raise _not_revealed(held.board)


def _not_revealed(board: str) -> Refused:
    return Refused(403, "not_revealed", f"nothing of the board {board} was revealed yet")


def _answer_group(console: Console, request: AnyRequest, value: bytes) -> Response[bytes]:
    """A group's board as the asker may see it: whole, or what was public of it."""
    held = decode(value, GroupBoard)
    _check_revealed(request, held)
    if is_operator(request):
        whole = encode(preview(held, console.folds.key_of))
        return _answer(request, whole, etag_of(f"{held.seq}-operator"))
    return _answer(request, value, etag_of(held.seq))


def _answer(request: AnyRequest, value: bytes, etag: str) -> Response[bytes]:
    headers = {"ETag": etag, "Cache-Control": "no-cache", "Vary": "Authorization"}
    if is_held(request.headers.get("if-none-match", ""), etag):
        return Response(b"", status_code=304, headers=headers)
    return Response(value, media_type=MediaType.JSON, headers=headers)
