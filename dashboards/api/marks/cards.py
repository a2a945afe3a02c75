"""Evaluators' cards over HTTP: a page to print, with a token for each in its code."""

from base64 import b64encode
from hashlib import sha256
from typing import Annotated, Any

from litestar import MediaType, Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import PathParameter, QueryParameter

from dashboards.api.console import Console, SharedConsole
from dashboards.api.marks.judges import card_id
from dashboards.api.marks.shapes import CardHolder
from dashboards.api.web.auth import needs
from dashboards.api.web.described import OPERATOR, WRITE_ERRORS, BroadcastId, errors
from dashboards.api.web.errors import RequestRefused, unknown_broadcast
from dashboards.pages.evaluator_cards import STYLE, cards
from dashboards.pages.reach import asked_host
from schemas.broadcasts import Broadcast, Evaluator
from schemas.facts import CardRevoked
from streams.gateway.browsers import language
from streams.tokens import issue

# Content Security Policy: hash-source
STYLE_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; form-action 'none'"
SECOND_MS = 1_000  # tokens know whole seconds
TAGS = ["marks"]
AnyRequest = Request[Any, Any, Any]
Language = Annotated[str | None, QueryParameter(description="`zh` or `en`.")]


EvaluatorId = Annotated[str, PathParameter(description="An evaluator's id.")]
Only = Annotated[str | None, QueryParameter(description="Only this evaluator's card.")]


@get(
    "/api/broadcasts/{broadcast_id:str}/cards",
    operation_id="print_cards",
    tags=TAGS,
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
    evaluator: Only = None,
) -> Response[str]:
    """A card for each evaluator: its code opens the marking page on a phone, as that person.

    A card is good for 30 days, and for this broadcast only. Whoever holds it can mark: hand them
    out in person. Cards that were printed before stay good, but for those that were taken back.
    """
    broadcast = _loaded(console, broadcast_id)
    if evaluator is not None:
        _named(broadcast, evaluator)
    base = _address(console, request)

    def address_of(who: Evaluator) -> str:
        return f"{base}/judge#{_card(console, broadcast_id, who.id)}"

    chosen = language(lang, request.headers.get("accept-language"))
    rehearsal = console.config.rehearsal
    page = cards(broadcast, chosen, address_of, only=evaluator, rehearsal=rehearsal)
    headers = {"Content-Security-Policy": POLICY, "Content-Language": chosen}
    return Response(page, media_type=MediaType.HTML, headers=headers)


@get(
    "/api/broadcasts/{broadcast_id:str}/evaluators",
    operation_id="list_evaluators",
    tags=TAGS,
    security=OPERATOR,
    guards=[needs("operator")],
    responses=errors(*WRITE_ERRORS, 404),
)
async def list_evaluators(console: SharedConsole, broadcast_id: BroadcastId) -> list[CardHolder]:
    """A broadcast's evaluators, and whose card was taken back, when."""
    broadcast = _loaded(console, broadcast_id)
    return [_holder(console, broadcast, evaluator) for evaluator in broadcast.evaluators]


@post(
    "/api/broadcasts/{broadcast_id:str}/evaluators/{evaluator_id:str}/revoke",
    operation_id="revoke_card",
    tags=TAGS,
    status_code=200,
    security=OPERATOR,
    guards=[needs("operator")],
    responses=errors(*WRITE_ERRORS, 404),
)
async def revoke_card(
    console: SharedConsole,
    request: AnyRequest,
    broadcast_id: BroadcastId,
    evaluator_id: EvaluatorId,
) -> CardHolder:
    """Take an evaluator's card back: from now on none that was printed before opens anything.

    Marks already given stay. A card that is printed after this is good.
    """
    async with console.broadcasts.turn():
        evaluator = _named(_loaded(console, broadcast_id), evaluator_id)
        now = console.now_ms()
        fact = CardRevoked(
            at=now,
            by=str(request.state.by),
            broadcast=broadcast_id,
            evaluator=evaluator.id,
            issued_before=(now // SECOND_MS + 1) * SECOND_MS,
        )
        await console.broadcasts.write(fact, broadcast_id)
    return _holder(console, _loaded(console, broadcast_id), evaluator)


def card_routes() -> list[HTTPRouteHandler]:
    """Every address of cards."""
    return [print_cards, list_evaluators, revoke_card]


def _loaded(console: Console, broadcast_id: str) -> Broadcast:
    state = console.rounds
    broadcast = state.broadcasts.get(broadcast_id)
    if broadcast is None or broadcast_id in state.retired:
        raise unknown_broadcast(broadcast_id)
    return broadcast


def _named(broadcast: Broadcast, evaluator_id: str) -> Evaluator:
    found = (entry for entry in broadcast.evaluators if entry.id == evaluator_id)
    evaluator = next(found, None)
    if evaluator is None:
        detail = f"no evaluator {evaluator_id!r} is in the broadcast {broadcast.id}"
        raise RequestRefused(404, "unknown_evaluator", detail)
    return evaluator


def _holder(console: Console, broadcast: Broadcast, evaluator: Evaluator) -> CardHolder:
    revoked = console.cards.of(broadcast.id, evaluator.id)
    at = revoked.at if revoked else None
    return CardHolder(evaluator.id, evaluator.name, evaluator.panel, at)


def _card(console: Console, broadcast: str, evaluator: str) -> str:
    """A new token, which is good also when one was taken back just now."""
    good_from = console.cards.good_from(broadcast, evaluator)
    now_s = max(console.now_ms(), good_from) // SECOND_MS
    secret, who = console.config.secret, card_id(broadcast, evaluator)
    return issue(secret, "evaluator", now_s, bearer_id=who)


def _address(console: Console, request: AnyRequest) -> str:
    """This console's address, as phones reach it."""
    host = console.config.public_host or asked_host(request.headers.get("host", ""))
    return f"{request.url.scheme}://{host}:{console.config.port}"
