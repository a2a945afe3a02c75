"""Boards over HTTP: the latest of each, as the log says it."""

from functools import reduce
from operator import or_
from typing import Annotated, Any

from litestar import MediaType, Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import PathParameter

from agents.reducers.board_kind import BoardKind
from agents.reducers.boards import KINDS, kind_of
from dashboards.api.boards.archive import old_board
from dashboards.api.boards.latest import Head
from dashboards.api.console import Console, SharedConsole
from dashboards.api.marks.shapes import NamedVersion
from dashboards.api.web.auth import is_operator
from dashboards.api.web.described import OPERATOR, BoardId, errors
from dashboards.api.web.errors import RequestRefused
from dashboards.api.web.etags import etag_of, is_held
from schemas.boards import GroupBoard, GroupPreview
from schemas.wire import decode, encode

BOARDS: Any = reduce(or_, (kind.shape for kind in KINDS.values()), GroupPreview)
NO_BOARD = "no board {board!r} was published yet; a round has one once it was opened"
VersionNumber = Annotated[int, PathParameter(description="The version, from 1.", ge=1)]
AnyRequest = Request[Any, Any, Any]


@get(
    "/api/boards/{board:str}",
    operation_id="read_board",
    tags=["boards"],
    security=[{}, *OPERATOR],
    responses={
        200: ResponseSpec(
            BOARDS,
            description="The board.",
            generate_examples=False,
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
    return answer_board(console, request, board)


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
    return _versions(_seen(console, request, board)[1])


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
    kind, held = _seen(console, request, board)
    if version == held.version:
        return answer_board(console, request, board)
    value = None
    if version < held.version:
        value = await old_board(console.config.clickhouse, board, version)
    if value is None:
        detail = f"the archive has no version {version} of {board}; it is at {held.version} now"
        raise RequestRefused(404, "no_version", detail)
    return _answer_opened(console, request, kind, value)


def board_routes() -> list[HTTPRouteHandler]:
    """Every address of boards."""
    return [read_board, list_versions, read_version]


def _seen(console: Console, request: AnyRequest, board: str) -> tuple[BoardKind, Any]:
    """The kind and the newest board of what has versions, if the asker may know of it."""
    kind = kind_of(board)
    if kind is None or not kind.has_versions:
        detail = "only the boards of groups have versions: `presentations:GROUP`"
        raise RequestRefused(404, "no_versions", detail)
    held = decode(_published(console, request, kind, board), kind.shape)
    _check_public(request, kind, held)
    return kind, held


def _versions(held: GroupBoard) -> list[NamedVersion]:
    corrections = [None, *held.corrections]
    return [
        NamedVersion(number, number == held.version, correction)
        for number, correction in enumerate(corrections, 1)
    ]


def answer_board(console: Console, request: AnyRequest, board: str) -> Response[bytes]:
    """The latest board of an id, as the asker may see it.

    Raises:
        RequestRefused: 404: there is none; 403: nothing of it is public yet.
    """
    kind = kind_of(board)
    if kind is None:
        raise RequestRefused(404, "no_board", NO_BOARD.format(board=board))
    value = _published(console, request, kind, board)
    if kind.opened is not None:
        return _answer_opened(console, request, kind, value)
    return _answer(request, value, etag_of(decode(value, Head).seq))


def _published(console: Console, request: AnyRequest, kind: BoardKind, board: str) -> bytes:
    """What was published last; of one that may be secret only its operator hears there is none."""
    if found := console.boards.get(board):
        return found[1]
    if kind.opened is None:
        raise RequestRefused(404, "no_board", NO_BOARD.format(board=board))
    if is_operator(request):
        detail = f"no board {board!r} was published; is there such a group, does a worker run?"
        raise RequestRefused(404, "no_board", detail)
    raise _not_revealed(board)


def _check_public(request: AnyRequest, kind: BoardKind, held: Any) -> None:
    if not (kind.is_public(held) or is_operator(request)):
        raise _not_revealed(held.board)


def _not_revealed(board: str) -> RequestRefused:
    return RequestRefused(403, "not_revealed", f"nothing of the board {board} was revealed yet")


def _answer_opened(
    console: Console, request: AnyRequest, kind: BoardKind, value: bytes
) -> Response[bytes]:
    """A board that may be secret: what is public of it, or for an operator all of it."""
    held: Any = decode(value, kind.shape)
    _check_public(request, kind, held)
    if kind.opened is not None and is_operator(request):
        whole = encode(kind.opened(held, console.folds.key_of))
        return _answer(request, whole, etag_of(f"{held.seq}-operator"))
    return _answer(request, value, etag_of(held.seq))


def _answer(request: AnyRequest, value: bytes, etag: str) -> Response[bytes]:
    headers = {"ETag": etag, "Cache-Control": "no-cache", "Vary": "Authorization"}
    if is_held(request.headers.get("if-none-match", ""), etag):
        return Response(b"", status_code=304, headers=headers)
    return Response(value, media_type=MediaType.JSON, headers=headers)
