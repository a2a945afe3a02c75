"""The pages' addresses and what each sends: HTML in the reader's language, policed strictly."""

import re
from collections.abc import Sequence
from typing import Any, Protocol
from urllib.parse import urlencode

from litestar import MediaType, Request, Response, get
from litestar.handlers import HTTPRouteHandler

from dashboards.pages import qr
from dashboards.pages.template import embed, fill, read
from dashboards.words import choose_language, section_words, words
from schemas.broadcasts import Lang

HOST = re.compile(r"^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::\d{1,5})?$", re.IGNORECASE)
SECTIONS = ("product", "choice", "live", "board", "status", "foot", "empty", "home")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
AnyRequest = Request[Any, Any, Any]


class PagesConfig(Protocol):
    """What the pages must know of the console's configuration."""

    @property
    def port(self) -> int:
        """The console's own port."""
        ...

    @property
    def gateway_port(self) -> int:
        """Where the vote page is."""
        ...

    @property
    def push_port(self) -> int:
        """Where the boards come from."""
        ...

    @property
    def public_host(self) -> str:
        """The name by which phones reach this machine; empty: as the reader did."""
        ...


def page_routes(config: PagesConfig) -> list[HTTPRouteHandler]:
    """The handlers of `/`, `/board`, `/overlay`, and of the QR codes that they show."""

    @get("/", include_in_schema=False, sync_to_thread=False)
    def home(request: AnyRequest) -> Response[str]:
        return _page(config, request, "home.html")

    @get("/board", include_in_schema=False, sync_to_thread=False)
    def board(request: AnyRequest) -> Response[str]:
        return _page(config, request, "board.html")

    @get("/overlay", include_in_schema=False, sync_to_thread=False)
    def overlay(request: AnyRequest) -> Response[str]:
        return _page(config, request, "overlay.html")

    @get("/qr/vote.svg", include_in_schema=False, sync_to_thread=False)
    def vote_code(request: AnyRequest) -> Response[bytes]:
        asked = {key: request.query_params.get(key, "") for key in ("round", "unit", "lang")}
        query = urlencode({key: value[:64] for key, value in asked.items() if value})
        address = f"{_address(config, request, config.gateway_port)}/vote"
        return _code(f"{address}?{query}" if query else address)

    @get("/qr/board.svg", include_in_schema=False, sync_to_thread=False)
    def board_code(request: AnyRequest) -> Response[bytes]:
        return _code(f"{_address(config, request, config.port)}/board")

    return [home, board, overlay, vote_code, board_code]


def _page(config: PagesConfig, request: AnyRequest, template: str) -> Response[str]:
    query = request.query_params
    lang = choose_language(query.get("lang"), request.headers.get("accept-language"))
    host = _host(config, request)
    facts = {
        "lang": lang,
        "push_port": config.push_port,
        "gateway_port": config.gateway_port,
        "gateway": _address(config, request, config.gateway_port),
        "phones_reach_us": host not in LOOPBACK,
        "words": section_words(lang, SECTIONS),
    }
    values = words(lang) | {
        "lang": _tag(lang),
        "page": embed(facts),
        "other_lang": "en" if lang == "zh" else "zh",
        "switch": _switch(lang, list(query.multi_items())),
    }
    return Response(
        fill(read(template), values),
        media_type=MediaType.HTML,
        headers={
            "content-security-policy": _policy(config, request),
            "cache-control": "no-cache",
            "content-language": lang,
            "vary": "accept-language",
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
        },
    )


def _tag(lang: Lang) -> str:
    return "zh-CN" if lang == "zh" else "en"


def _switch(lang: Lang, query: Sequence[tuple[str, str]]) -> str:
    """The same page in the other language, the rest of the query kept."""
    kept = [(key, value) for key, value in query if key != "lang"]
    return "?" + urlencode([*kept, ("lang", "en" if lang == "zh" else "zh")])


def _code(address: str) -> Response[bytes]:
    return Response(
        qr.svg(address), media_type="image/svg+xml", headers={"cache-control": "no-cache"}
    )


def _asked_host(request: AnyRequest) -> str:
    """The host by which the reader reached us, without its port."""
    found = HOST.match(request.headers.get("host", ""))
    return found[1].lower() if found else "127.0.0.1"


def _host(config: PagesConfig, request: AnyRequest) -> str:
    return config.public_host or _asked_host(request)


def _address(config: PagesConfig, request: AnyRequest, port: int) -> str:
    return f"{request.url.scheme}://{_host(config, request)}:{port}"


def _policy(config: PagesConfig, request: AnyRequest) -> str:
    host = _asked_host(request)
    push, gateway = f"{host}:{config.push_port}", f"{host}:{config.gateway_port}"
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        f"connect-src 'self' ws://{push} wss://{push} http://{gateway} https://{gateway}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )
