"""Serves dashboards/static/ under /static/: read once at the start, told apart by content hash."""

import gzip
import mimetypes
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from dashboards.api.web.errors import RequestRefused
from dashboards.api.web.etags import etag_of, is_held

FOLDER = Path(__file__).parents[2] / "static"
FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
SQUEEZED = ("text/", "application/json", "image/svg+xml")
TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".svg": "image/svg+xml"}
AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is sent; `version` is its content's hash, `squeezed` its gzip when smaller."""

    content: bytes
    squeezed: bytes | None
    media_type: str
    version: str


def file_of(content: bytes, media_type: str) -> StaticFile:
    """Make a content ready to be sent."""
    squeezed = gzip.compress(content, mtime=0) if media_type.startswith(SQUEEZED) else None
    is_smaller = squeezed is not None and len(squeezed) < len(content)
    version = blake2b(content, digest_size=8).hexdigest()
    return StaticFile(content, squeezed if is_smaller else None, media_type, version)


def read_files(folder: Path = FOLDER) -> dict[str, StaticFile]:
    """Read every file of a folder, by its path below it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): file_of(path.read_bytes(), _media_type(path))
        for path in files
    }


def send_file(
    request: AnyRequest, file: StaticFile, more: dict[str, str] | None = None
) -> Response[bytes]:
    """Answer with a file; one that was asked for by its version (`?v=`) keeps for good."""
    etag = etag_of(file.version)
    is_named = request.query_params.get("v") == file.version
    headers = {
        "ETag": etag,
        "Cache-Control": FOR_GOOD if is_named else ASK_AGAIN,
        "Vary": "Accept-Encoding",
        **(more or {}),
    }
    if is_held(request.headers.get("if-none-match", ""), etag):
        return Response(b"", status_code=304, headers=headers)
    content = file.content
    if file.squeezed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        content = file.squeezed
        headers["Content-Encoding"] = "gzip"
    return Response(content, media_type=file.media_type, headers=headers)


def static_route(files: dict[str, StaticFile]) -> HTTPRouteHandler:
    """Serve files under /static/; what was not there at the start is not found."""

    @get("/static/{path:path}", include_in_schema=False, sync_to_thread=False)
    def static(request: AnyRequest, path: FromPath[str]) -> Response[bytes]:
        found = files.get(path.lstrip("/"))
        if found is None:
            raise RequestRefused(404, "not_found", "there is no such file")
        return send_file(request, found)

    return static


def _media_type(path: Path) -> str:
    guessed = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return TYPES.get(path.suffix, guessed)
