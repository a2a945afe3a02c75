"""Serves dashboards/static/ under /static/: read once at the start, told apart by content hash."""

import gzip
import mimetypes
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler

from dashboards.api.errors import Refused

FOLDER = Path(__file__).parent / "static"
FOR_GOOD = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
TEXT = ("text/", "application/json", "image/svg+xml")


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is sent; `version` is the hash of its content."""

    content: bytes
    squeezed: bytes | None
    media_type: str
    version: str


def read_files(folder: Path = FOLDER) -> dict[str, StaticFile]:
    """Read every file of a folder, by its path below it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): _read(path) for path in files}


def _read(path: Path) -> StaticFile:
    content = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if path.suffix == ".js":
        media_type = "text/javascript"
    is_text = media_type.startswith(TEXT)
    squeezed = gzip.compress(content, mtime=0) if is_text else None
    if squeezed is not None and len(squeezed) >= len(content):
        squeezed = None
    if media_type.startswith("text/"):
        media_type += "; charset=utf-8"
    version = blake2b(content, digest_size=8).hexdigest()
    return StaticFile(content, squeezed, media_type, version)


def static_route(files: dict[str, StaticFile]) -> HTTPRouteHandler:
    """Serve the files: with `?v=<version>` for good, without it to be asked for again."""

    @get("/static/{path:path}", include_in_schema=False, sync_to_thread=False)
    def static(request: Request[Any, Any, Any], path: str) -> Response[bytes]:
        found = files.get(path.lstrip("/"))
        if found is None:
            raise Refused(404, "not_found", "there is no such file")
        etag = f'"{found.version}"'
        is_asked_for = request.query_params.get("v") == found.version
        headers = {
            "ETag": etag,
            "Cache-Control": FOR_GOOD if is_asked_for else ASK_AGAIN,
            "Vary": "Accept-Encoding",
        }
        if etag in request.headers.get("if-none-match", ""):
            return Response(b"", status_code=304, headers=headers)
        content = found.content
        if found.squeezed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            content = found.squeezed
            headers["Content-Encoding"] = "gzip"
        return Response(content, media_type=found.media_type, headers=headers)

    return static
