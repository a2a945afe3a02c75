"""Slide decks over HTTP: uploaded and checked, then shown page by page as pictures."""

import asyncio
from typing import Annotated, Any

from litestar import Request, Response, delete, get, put
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import PathParameter, QueryParameter

from dashboards.api.console import Console, SharedConsole
from dashboards.api.web.auth import needs
from dashboards.api.web.described import OPERATOR, WRITE_ERRORS, BroadcastId, SlotId, errors
from dashboards.api.web.errors import RequestRefused, unknown_broadcast
from dashboards.api.web.etags import etag_of, is_held
from dashboards.decks.store import Deck, DeckRefused
from schemas.sessions import LAST_PAGE

TAGS = ["slides"]
# Five minutes are twenty pages: of photographs, as cameras make them, 5 MB each
MOST_BYTES = 100 << 20
# 7 Mbit/s for the largest; with converting and drawing (360 s) below FILE_WITHIN_MS of command.js
BODY_WITHIN_S = 120.0
PICTURE = "image/webp"
AnyRequest = Request[Any, Any, Any]
FileName = Annotated[str, QueryParameter(description="The file's name.", max_length=200)]
Page = Annotated[int, PathParameter(description="The page, from 1.", ge=1, le=LAST_PAGE)]


@get(
    "/api/broadcasts/{broadcast_id:str}/decks",
    operation_id="list_decks",
    tags=TAGS,
    security=OPERATOR,
    guards=[needs("operator", "stage")],
    responses=errors(*WRITE_ERRORS, 404),
)
async def list_decks(console: SharedConsole, broadcast_id: BroadcastId) -> list[Deck]:
    """The decks of a broadcast's slots, in running order."""
    if broadcast_id not in console.rounds.broadcasts:
        raise unknown_broadcast(broadcast_id)
    slots = console.live.slots(broadcast_id)
    found = [console.decks.find(slot.id) for slot in slots]
    return [deck for deck in found if deck is not None]


@get(
    "/api/slots/{slot_id:str}/deck",
    operation_id="read_deck",
    tags=TAGS,
    security=OPERATOR,
    guards=[needs("operator", "stage")],
    responses=errors(*WRITE_ERRORS, 404),
)
async def read_deck(console: SharedConsole, slot_id: SlotId) -> Deck:
    """A slot's deck: how many pages, whose it is."""
    return _deck(console, slot_id)


@get(
    "/api/slots/{slot_id:str}/deck/{page:int}",
    operation_id="read_page",
    tags=TAGS,
    security=OPERATOR,
    guards=[needs("operator", "stage")],
    response_description="The page as a picture (WebP).",
    responses={304: ResponseSpec(None, description="It is the one that If-None-Match names.")}
    | errors(*WRITE_ERRORS, 404),
    media_type=PICTURE,
)
async def read_page(
    console: SharedConsole, request: AnyRequest, slot_id: SlotId, page: Page
) -> Response[bytes]:
    """One page of a slot's deck, for a screen."""
    return await _picture(console, request, slot_id, page)


@get(
    "/api/slots/{slot_id:str}/deck/{page:int}/live",
    operation_id="read_live_page",
    tags=TAGS,
    response_description="The page as a picture (WebP).",
    responses={304: ResponseSpec(None, description="It is the one that If-None-Match names.")}
    | errors(404),
    media_type=PICTURE,
)
async def read_live_page(
    console: SharedConsole, request: AnyRequest, slot_id: SlotId, page: Page
) -> Response[bytes]:
    """The page that is on the wall now: anyone may see it, as the whole hall does.

    Any other page, and any while the slot is not on, is not there (404).
    """
    live = console.live.on_air()
    shown = None if live is None else (live.session.current, live.pages.get(slot_id, 1))
    if shown != (slot_id, page):
        raise RequestRefused(404, "not_on_air", f"page {page} of {slot_id} is not shown now")
    return await _picture(console, request, slot_id, page)


async def _picture(
    console: Console, request: AnyRequest, slot_id: str, page: int
) -> Response[bytes]:
    deck = _deck(console, slot_id)
    etag = etag_of(f"{deck.version}-{page}")
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if is_held(request.headers.get("if-none-match", ""), etag):
        return Response(b"", status_code=304, headers=headers)
    picture = await asyncio.to_thread(console.decks.page, slot_id, page)
    if picture is None:
        raise RequestRefused(
            404, "unknown_page", f"the deck has pages 1 to {deck.pages}", field="page"
        )
    return Response(picture, media_type=PICTURE, headers=headers)


@put(
    "/api/slots/{slot_id:str}/deck",
    operation_id="upload_deck",
    request_max_body_size=MOST_BYTES,
    tags=TAGS,
    security=OPERATOR,
    guards=[needs("operator")],
    response_description="The deck as it will be shown.",
    responses=errors(*WRITE_ERRORS, 400, 404, 408, 413),
)
async def upload_deck(
    console: SharedConsole, request: AnyRequest, slot_id: SlotId, name: FileName = "deck"
) -> Deck:
    """Give a slot its slides: the body is a PDF, or a PowerPoint file where LibreOffice is there.

    Every page is drawn at once, so a deck that is taken can be shown.
    """
    _known(console, slot_id)
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            content = await request.body()
    except TimeoutError:
        raise RequestRefused(
            408, "too_slow", f"the body took longer than {BODY_WITHIN_S:g} s"
        ) from None
    try:
        by, now = str(request.state.by), console.now_ms()
        return await console.decks.put(slot_id, name, content, by, now)
    except DeckRefused as refused:
        raise RequestRefused(400, "invalid_deck", str(refused)) from None


@delete(
    "/api/slots/{slot_id:str}/deck",
    operation_id="remove_deck",
    tags=TAGS,
    security=OPERATOR,
    guards=[needs("operator")],
    responses=errors(*WRITE_ERRORS, 404),
)
async def remove_deck(console: SharedConsole, slot_id: SlotId) -> None:
    """Put a slot's slides away."""
    _deck(console, slot_id)
    await asyncio.to_thread(console.decks.remove, slot_id)


def _known(console: Console, slot_id: str) -> None:
    """Only the id of a slot in some rundown names a folder."""
    state = console.live
    if not any(slot.id == slot_id for each in state.broadcasts for slot in state.slots(each)):
        raise RequestRefused(
            404, "unknown_slot", f"no slot {slot_id!r} is in a rundown", field="slot"
        )


def _deck(console: Console, slot_id: str) -> Deck:
    _known(console, slot_id)
    deck = console.decks.find(slot_id)
    if deck is None:
        raise RequestRefused(
            404, "no_deck", f"slot {slot_id} has no deck; upload one", field="slot"
        )
    return deck


def deck_routes() -> list[HTTPRouteHandler]:
    """Every address of decks."""
    return [list_decks, read_deck, read_page, read_live_page, upload_deck, remove_deck]
