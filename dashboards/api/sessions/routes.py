"""LiveState over HTTP: how they stand, the operator's commands, what screens are told, pages."""

import asyncio
from collections.abc import Sequence
from typing import Any

from litestar import MediaType, Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody
from msgspec import structs

from agents.reducers.live_state import Answer
from agents.reducers.rundown_rules import settled
from agents.reducers.session_view import view
from dashboards.api.console import Console, SharedConsole
from dashboards.api.sessions.commands import new_id, send_command, tell
from dashboards.api.sessions.direct_cut import cut_directly
from dashboards.api.sessions.shapes import CommandOrder, DirectCut, PageOrder, ScreenOrder
from dashboards.api.web.auth import needs
from dashboards.api.web.described import OPERATOR, WRITE_ERRORS, BroadcastId, ScreenName, errors
from dashboards.api.web.errors import RequestRefused, unknown_broadcast
from dashboards.api.web.etags import etag_of, is_held, seqs_of
from schemas.broadcasts import Slot
from schemas.session_states import SessionState
from schemas.sessions import (
    LONGEST_SCREEN_NAME,
    CommandRefused,
    PageTurned,
    ScreenTold,
    SessionCommand,
)
from schemas.wire import encode

TAGS = ["sessions"]
CHANGED = "somebody else acted first; look how it stands, and do it again"
AnyRequest = Request[Any, Any, Any]


@get(
    "/api/broadcasts/{broadcast_id:str}/session",
    operation_id="read_session",
    tags=TAGS,
    responses={
        200: ResponseSpec(SessionState, description="The session.", generate_examples=False),
        304: ResponseSpec(None, description="The asker holds this one."),
    }
    | errors(404, 503),
)
async def read_session(
    console: SharedConsole, request: AnyRequest, broadcast_id: BroadcastId
) -> Response[bytes]:
    """A session as it stands now.

    Its ETag is its `seq`, which grows with every message behind it; the numbers that run with the
    clock are those of now. Everyone counts on from `ends_at`, on the clock of `/api/time`.
    """
    known(console, broadcast_id)
    etag = etag_of(console.live.seq(broadcast_id))
    if is_held(request.headers.get("if-none-match", ""), etag):
        headers = {"ETag": etag, "Cache-Control": "no-cache"}
        return Response(b"", status_code=304, headers=headers)
    return shown(console, broadcast_id)


@post(
    "/api/broadcasts/{broadcast_id:str}/commands",
    operation_id="command_session",
    tags=TAGS,
    status_code=200,
    security=OPERATOR,
    guards=[needs("operator")],
    responses={
        200: ResponseSpec(SessionState, description="It was done.", generate_examples=False),
        202: ResponseSpec(
            DirectCut, description="Cut directly; the log is away.", generate_examples=False
        ),
    }
    | errors(*WRITE_ERRORS, 400, 404, 409, 412),
)
async def command_session(
    console: SharedConsole,
    request: AnyRequest,
    broadcast_id: BroadcastId,
    data: JSONBody[CommandOrder],
) -> Response[bytes]:
    """Start, pause, resume, add time, finish, skip, cut, restore, or change the rundown.

    It answers when the fact that follows is in the log. With If-Match, a command is refused (412)
    when something was decided after the session of that ETag; what only devices, screens and
    slides said since does not matter. A cut is never refused for that, and goes to the stage
    controllers directly too.
    """
    command = ordered(console, request, broadcast_id, data)
    if data.command == "cut_microphone":
        return await _cut(console, command)
    known(console, broadcast_id)
    await follow(console, request, command)
    return shown(console, broadcast_id)


@post(
    "/api/broadcasts/{broadcast_id:str}/screens/{name:str}",
    operation_id="tell_screen",
    tags=TAGS,
    status_code=200,
    security=OPERATOR,
    guards=[needs("operator")],
    responses={200: ResponseSpec(SessionState, description="It was told.", generate_examples=False)}
    | errors(*WRITE_ERRORS, 400, 404),
)
async def tell_screen(
    console: SharedConsole,
    request: AnyRequest,
    broadcast_id: BroadcastId,
    name: ScreenName,
    data: JSONBody[ScreenOrder],
) -> Response[bytes]:
    """Tell a screen something: a message, to blink, to go black, another view.

    The screen `all` is every one. What is left out stays as it is; an empty message takes the
    last one away, and the view `own` gives the screen its own one back.
    """
    known(console, broadcast_id)
    if len(name) > LONGEST_SCREEN_NAME:
        detail = f"a screen's name has at most {LONGEST_SCREEN_NAME} characters"
        raise RequestRefused(400, "bad_parameter", detail, field="name")
    fact = ScreenTold(
        at=console.now_ms(),
        by=str(request.state.by),
        id=new_id(),
        broadcast=broadcast_id,
        screen=name,
        message=data.message,
        blink=data.blink,
        blackout=data.blackout,
        view=data.view,
    )
    await tell(console, fact)
    return shown(console, broadcast_id)


@post(
    "/api/broadcasts/{broadcast_id:str}/pages",
    operation_id="turn_page",
    tags=TAGS,
    status_code=204,
    security=OPERATOR,
    guards=[needs("operator", "stage")],
    response_description="Every screen shows that page.",
    responses=errors(*WRITE_ERRORS, 400, 404),
)
async def turn_page(
    console: SharedConsole,
    request: AnyRequest,
    broadcast_id: BroadcastId,
    data: JSONBody[PageOrder],
) -> None:
    """Turn a slot's slides to a page, from 1 on."""
    known(console, broadcast_id)
    if data.slot not in {slot.id for slot in console.live.slots(broadcast_id)}:
        raise RequestRefused(
            404, "unknown_slot", f"no slot {data.slot!r} is in the rundown", field="slot"
        )
    fact = PageTurned(
        at=console.now_ms(),
        by=str(request.state.by),
        id=new_id(),
        broadcast=broadcast_id,
        slot=data.slot,
        page=data.page,
    )
    await tell(console, fact)


def session_routes() -> list[HTTPRouteHandler]:
    """Every address of sessions."""
    return [read_session, command_session, tell_screen, turn_page]


def known(console: Console, broadcast_id: str) -> None:
    """Refuse what is not loaded.

    Raises:
        RequestRefused: 404: there is no such broadcast.
    """
    if broadcast_id not in console.rounds.broadcasts:
        raise unknown_broadcast(broadcast_id)


def match(console: Console, request: AnyRequest, broadcast_id: str) -> None:
    """Obey If-Match (RFC 9110, 13.1.1): one of the sessions named must still be good to act on.

    Raises:
        RequestRefused: 412: something was decided since.
    """
    wanted = request.headers.get("if-match")
    if wanted is None or wanted.strip() == "*":
        return
    state = console.live
    if not any(state.has_seen_all(broadcast_id, seq) for seq in seqs_of(wanted)):
        headers = {"ETag": etag_of(state.seq(broadcast_id))}
        raise RequestRefused(412, "changed", CHANGED, headers=headers)


def unsettled(console: Console, broadcast_id: str, slots: Sequence[Slot]) -> None:
    """Refuse a running order that changes what was marked, or a group that was closed.

    Raises:
        RequestRefused: 409: it would; 503: this console does not know the marks yet.
    """
    live = console.live.broadcasts[broadcast_id]
    console.scores.is_current()
    for wrong in settled(live.slots, slots, live.marked_slots, live.closed_groups):
        raise RequestRefused(409, wrong.reason, wrong.detail)


def answered(console: Console, answer: Answer) -> None:
    """Refuse what the fact that follows a command refuses.

    Raises:
        RequestRefused: 412 or 409: the rules, or somebody who was faster, did not allow it.
    """
    fact = answer.fact
    if isinstance(fact, CommandRefused) and fact.reason != "changed":
        raise RequestRefused(409, fact.reason, fact.detail)
    if isinstance(fact, CommandRefused) or not answer.is_effective:
        headers = {"ETag": etag_of(console.live.seq(fact.broadcast))}
        raise RequestRefused(412, "changed", CHANGED, headers=headers)


def shown(console: Console, broadcast_id: str) -> Response[bytes]:
    """A session as it stands now, with its ETag."""
    state = view(console.live, broadcast_id, console.now_ms())
    headers = {"ETag": etag_of(state.seq), "Cache-Control": "no-cache"}
    return Response(encode(state), media_type=MediaType.JSON, headers=headers)


async def follow(console: Console, request: AnyRequest, command: SessionCommand) -> None:
    """Have a command followed, unless something was decided that its sender has not seen.

    Raises:
        RequestRefused: 412, 409, or 503: it was not, or nobody knows.
    """
    match(console, request, command.broadcast)
    if command.slots is not None:
        unsettled(console, command.broadcast, command.slots)
    state = console.live
    is_guarded = request.headers.get("if-match", "*").strip() != "*"
    guarded = structs.replace(
        command,
        if_seq=state.decision(command.broadcast) if is_guarded else None,
        broadcasts_to=state.folded_to.broadcasts,
    )
    answered(console, await send_command(console, guarded))


def ordered(
    console: Console, request: AnyRequest, broadcast_id: str, order: CommandOrder
) -> SessionCommand:
    """A command as it was given, now, by whom."""
    return SessionCommand(
        at=console.now_ms(),
        by=str(request.state.by),
        id=new_id(),
        broadcast=broadcast_id,
        slot=order.slot,
        command=order.command,
        added_ms=order.added_ms,
        reason=order.reason,
        slots=order.slots,
    )


async def _cut(console: Console, command: SessionCommand) -> Response[bytes]:
    """Cut by the log and, at the same time, directly; one of the two is enough."""
    directly = asyncio.create_task(
        cut_directly(console.config.stages, console.config.secret, command)
    )
    try:
        known(console, command.broadcast)
        answer = await send_command(console, command)
    except RequestRefused as refused:
        told = await directly
        if refused.status != 503 or not any(told.values()):
            raise
        cut = DirectCut(stages=told, detail=f"cut directly; {refused}")
        return Response(encode(cut), status_code=202, media_type=MediaType.JSON)
    await directly
    answered(console, answer)
    return shown(console, command.broadcast)
