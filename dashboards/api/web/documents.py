"""Serves the API's document at /api/openapi.json, and for people at /docs, from here alone."""

from pathlib import Path
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler

from dashboards.api.web.reference import render
from dashboards.api.web.static_files import file_of, send_file

STYLE = Path(__file__).parent / "reference.css"
POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
AnyRequest = Request[Any, Any, Any]


def document_routes(document: dict[str, Any]) -> list[HTTPRouteHandler]:
    """The addresses of the document, in its two forms."""
    as_json = file_of(msgspec.json.encode(document), "application/json")
    as_page = file_of(render(document).encode(), "text/html")
    style = file_of(STYLE.read_bytes(), "text/css")

    @get("/api/openapi.json", include_in_schema=False, sync_to_thread=False)
    def openapi_json(request: AnyRequest) -> Response[bytes]:
        return send_file(request, as_json)

    @get("/docs", include_in_schema=False, sync_to_thread=False)
    def docs(request: AnyRequest) -> Response[bytes]:
        return send_file(request, as_page, {"Content-Security-Policy": POLICY})

    @get("/docs/reference.css", include_in_schema=False, sync_to_thread=False)
    def docs_style(request: AnyRequest) -> Response[bytes]:
        return send_file(request, style)

    return [openapi_json, docs, docs_style]
