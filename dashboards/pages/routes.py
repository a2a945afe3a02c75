"""The pages' addresses and what each sends: HTML in the reader's language, policed strictly."""

from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode

from litestar import MediaType, Request, Response, get
from litestar.handlers import HTTPRouteHandler

from dashboards.pages import qr
from dashboards.pages.reach import asked_host, phones_reach, policy, switch
from dashboards.pages.template import Markup, embed, fill, read, rehearsed
from dashboards.words import section_words, words
from schemas.broadcasts import Lang
from streams.gateway.browsers import language

BOARD = ("product", "choice", "live", "board", "status", "foot", "empty")
SCREEN = ("product", "live", "stage", "screen")
PAPER = ("judge", "card", "mark", "saved", "rundown")
DESK = (
    "operator",
    "preflight",
    "keys",
    "did",
    "refused",
    "rundown",
    "group",
    "view",
    "device",
    "sheet",
    "span",
)
PAGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "/": ("home.html", (*BOARD, "home")),
    "/board": ("board.html", BOARD),
    "/overlay": ("overlay.html", (*BOARD, *SCREEN, "reveal")),
    "/stage": ("stage.html", SCREEN),
    "/judge": ("judge.html", (*SCREEN, *PAPER)),
    "/slides": ("slides.html", (*SCREEN, "slides")),
    "/ledger": ("ledger.html", (*SCREEN, "ledger", "unequal", "rundown")),
    "/questions": ("questions.html", (*SCREEN, "questions")),
    "/operator": ("operator.html", (*SCREEN, *DESK, "deck", "cards")),
}
BOARD_PAGES = {
    "presentations": ("reveal.html", (*SCREEN, "reveal", "status", "group", "foot", "board"))
}
"""Kinds of boards that `/board` shows in a way of their own."""
HEADERS = {
    "cache-control": "no-cache",
    "vary": "accept-language",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}
AnyRequest = Request[Any, Any, Any]


class PagesConfig(Protocol):
    """What the pages must know of the console's configuration."""

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

    @property
    def rehearsal(self) -> bool:
        """Whether every page is marked as a rehearsal's."""
        ...


def page_routes(config: PagesConfig) -> list[HTTPRouteHandler]:
    """The handlers of every page, and of the QR code that they show."""

    @get("/qr/vote.svg", include_in_schema=False, sync_to_thread=False)
    def vote_code(request: AnyRequest) -> Response[bytes]:
        asked = {key: request.query_params.get(key, "") for key in ("round", "unit", "lang")}
        # 64: no id is longer
        query = urlencode({key: value[:64] for key, value in asked.items() if value})
        address = f"{_gateway(config, request)}/vote"
        return _code(f"{address}?{query}" if query else address)

    return [*(_page_route(config, path) for path in PAGES), vote_code]


def _page_route(config: PagesConfig, path: str) -> HTTPRouteHandler:
    @get(path, include_in_schema=False, sync_to_thread=False, name=path)
    def page(request: AnyRequest) -> Response[str]:
        return _page(config, request, *_sight(path, request.query_params.get("board", "")))

    return page


def _sight(path: str, board: str) -> tuple[str, tuple[str, ...]]:
    """The template of a page, and the words that its scripts need."""
    own = BOARD_PAGES.get(board.partition(":")[0]) if path == "/board" else None
    return own or PAGES[path]


def _page(
    config: PagesConfig, request: AnyRequest, template: str, sections: tuple[str, ...]
) -> Response[str]:
    query = request.query_params
    lang = language(query.get("lang"), request.headers.get("accept-language"))
    values = words(lang) | {
        "lang": "zh-CN" if lang == "zh" else "en",
        "other_lang": "en" if lang == "zh" else "zh",
        "head": Markup(read("head.html").rstrip()),
        "switch": switch(lang, parse_qsl(request.url.query)),
        "page": embed(_facts(config, request, lang, sections)),
    }
    allowed = policy(_asked_host(request), config.push_port, config.gateway_port)
    headers = {**HEADERS, "content-security-policy": allowed, "content-language": lang}
    text = fill(_marked(config, read(template)), values)
    return Response(text, media_type=MediaType.HTML, headers=headers)


def _marked(config: PagesConfig, template: str) -> str:
    return rehearsed(template) if config.rehearsal else template


def _facts(
    config: PagesConfig, request: AnyRequest, lang: Lang, sections: tuple[str, ...]
) -> dict[str, Any]:
    """What the page's scripts must know, their words among it."""
    return {
        "lang": lang,
        "push_port": config.push_port,
        "gateway_port": config.gateway_port,
        "gateway": _gateway(config, request),
        "phones_reach_us": phones_reach(config.public_host or _asked_host(request)),
        "words": section_words(lang, sections),
    }


def _code(address: str) -> Response[bytes]:
    headers = {"cache-control": "no-cache"}
    return Response(qr.svg(address), media_type="image/svg+xml", headers=headers)


def _gateway(config: PagesConfig, request: AnyRequest) -> str:
    """The gateway's address, as phones reach it."""
    host = config.public_host or _asked_host(request)
    return f"{request.url.scheme}://{host}:{config.gateway_port}"


def _asked_host(request: AnyRequest) -> str:
    return asked_host(request.headers.get("host", ""))
