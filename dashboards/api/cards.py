"""Evaluators' cards over HTTP: a page to print, with a token for each in its code."""

from base64 import b64encode
from hashlib import sha256
from typing import Annotated, Any

from litestar import MediaType, Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter

from dashboards.api.auth import needs
from dashboards.api.console import Console, SharedConsole
from dashboards.api.described import OPERATOR, WRITE_ERRORS, BroadcastId, errors
from dashboards.api.errors import unknown_broadcast
from dashboards.api.judges import card_id
from dashboards.pages.evaluator_cards import STYLE, cards
from dashboards.pages.reach import asked_host
from schemas.broadcasts import Evaluator
from streams.gateway.browsers import language
from streams.tokens import issue

STYLE_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; form-action 'none'"
AnyRequest = Request[Any, Any, Any]
Language = Annotated[str | None, QueryParameter(description="`zh` or `en`.")]


@get(
    "/api/broadcasts/{broadcast_id:str}/cards",
    operation_id="print_cards",
    tags=["marks"],
    media_type=MediaType.HTML,
    security=OPERATOR,
    guards=[needs("operator")],
    responses={200: ResponseSpec(str, media_type=MediaType.HTML, description="A page to print.")}
    | errors(*WRITE_ERRORS, 404),
)
async def print_cards(
    console: SharedConsole,
    request: AnyRequest,
    broadcast_id: BroadcastId,
    lang: Language = None,
) -> Response[str]:
    """A card for each evaluator: its code opens the marking page on a phone, as that person.

    A card is good for 30 days, and for this broadcast only. Whoever holds it can mark: hand them
    out in person.
    """
    state = console.log.state
    broadcast = state.broadcasts.get(broadcast_id)
    if broadcast is None or broadcast_id in state.retired:
        raise unknown_broadcast(broadcast_id)
    base = _address(console, request)

    def address_of(evaluator: Evaluator) -> str:
        who, now_s = card_id(broadcast_id, evaluator.id), console.now_ms() // 1_000
        return f"{base}/judge#{issue(console.config.secret, 'evaluator', now_s, bearer_id=who)}"

    chosen = language(lang, request.headers.get("accept-language"))
    page = cards(broadcast, chosen, address_of, rehearsal=console.config.rehearsal)
    headers = {"Content-Security-Policy": POLICY, "Content-Language": chosen}
    return Response(page, media_type=MediaType.HTML, headers=headers)


def card_routes() -> list[HTTPRouteHandler]:
    """Every address of cards."""
    return [print_cards]


def _address(console: Console, request: AnyRequest) -> str:
    """This console's address, as phones reach it."""
    host = console.config.public_host or asked_host(request.headers.get("host", ""))
    return f"{request.url.scheme}://{host}:{console.config.port}"
