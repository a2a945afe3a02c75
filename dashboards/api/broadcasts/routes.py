"""Broadcasts over HTTP: what is loaded, loading a file, and putting one away."""

import asyncio
from typing import Any

from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from msgspec import structs

from agents.reducers.live_broadcast import LiveBroadcast
from agents.reducers.rounds import Broadcasts
from agents.reducers.rundown_rules import reloaded
from agents.reducers.session import Session
from dashboards.api.console import Console, SharedConsole
from dashboards.api.rundowns.problems import order_refused
from dashboards.api.sessions.routes import unsettled
from dashboards.api.web.auth import needs
from dashboards.api.web.bodies import BODY_WITHIN_S
from dashboards.api.web.described import OPERATOR, WRITE_ERRORS, BroadcastId, DryRun, errors
from dashboards.api.web.errors import RequestRefused, unknown_broadcast
from dashboards.api.web.shapes import (
    BroadcastSummary,
    LoadedBroadcast,
    LoadReport,
    loaded_broadcast,
)
from schemas.broadcasts import Broadcast
from schemas.changes import changes
from schemas.facts import BroadcastLoaded, BroadcastRetired
from schemas.loading import Problem, load
from schemas.refusals import Begun, group_refusals, refusals
from schemas.tallies import RoundStatus

TAGS = ["broadcasts"]
AnyRequest = Request[Any, Any, Any]


@get(
    "/api/broadcasts",
    operation_id="list_broadcasts",
    tags=TAGS,
    responses=errors(503),
)
async def list_broadcasts(console: SharedConsole) -> list[BroadcastSummary]:
    """Every broadcast that was ever loaded."""
    state = console.rounds
    return [
        BroadcastSummary(entry.id, entry.title, entry.id in state.retired)
        for entry in state.broadcasts.values()
    ]


@get(
    "/api/broadcasts/{broadcast_id:str}",
    operation_id="read_broadcast",
    tags=TAGS,
    responses=errors(404, 503),
)
async def read_broadcast(console: SharedConsole, broadcast_id: BroadcastId) -> LoadedBroadcast:
    """A broadcast as it was loaded last, and how its rounds stand."""
    state = console.rounds
    return loaded_broadcast(state, _known(state, broadcast_id))


@post(
    "/api/broadcasts",
    operation_id="load_broadcast",
    tags=TAGS,
    status_code=200,
    security=OPERATOR,
    guards=[needs("operator")],
    response_description="What changed; nothing when the same was loaded before.",
    responses={201: ResponseSpec(LoadReport, description="Loaded for the first time.")}
    | errors(*WRITE_ERRORS, 400, 408, 409, 413),
)
async def load_broadcast(
    console: SharedConsole, request: AnyRequest, dry_run: DryRun = False
) -> Response[LoadReport]:
    """Load a broadcast file, for the first time or anew.

    The body is YAML (or JSON). A new version of a broadcast says what it changes; the same
    again changes nothing. What is wrong is told at once, each with its line and field. What
    would spoil votes that were cast is refused: removing or renumbering a unit of a round that
    was opened, or changing its formula or minimum; and so is what would change a slot that is on
    or done, or the formula of a group that has begun and whom it asks for marks.
    """
    text = await _text(request)
    async with console.broadcasts.turn():
        state = console.rounds
        others = _others(console)
        new = await asyncio.to_thread(load, text, others)
        if isinstance(new, list):
            raise _invalid(new)
        old = state.broadcasts.get(new.id)
        _check(state, old, new)
        _check_live(console, console.live.broadcasts.get(new.id), new)
        _check_groups(console, state, old, new)
        report = LoadReport(new.id, changes(old, new))
        if report.changes and not dry_run:
            by = str(request.state.by)
            fact = BroadcastLoaded(
                at=console.now_ms(), by=by, broadcast=new, changes=report.changes
            )
            await console.broadcasts.write(fact, new.id)
    return Response(report, status_code=201 if old is None and not dry_run else 200)


@post(
    "/api/broadcasts/{broadcast_id:str}/retire",
    operation_id="retire_broadcast",
    tags=TAGS,
    status_code=200,
    security=OPERATOR,
    guards=[needs("operator")],
    responses=errors(*WRITE_ERRORS, 404, 409),
)
async def retire_broadcast(
    console: SharedConsole, request: AnyRequest, broadcast_id: BroadcastId
) -> BroadcastSummary:
    """Put a broadcast away for good: its rounds are no longer counted or voted on."""
    async with console.broadcasts.turn():
        state = console.rounds
        broadcast = _known(state, broadcast_id)
        if broadcast_id not in state.retired:
            _all_settled(state, broadcast_id)
            _nothing_on(console.live.session(broadcast_id))
            by = str(request.state.by)
            fact = BroadcastRetired(at=console.now_ms(), by=by, broadcast=broadcast_id)
            await console.broadcasts.write(fact, broadcast_id)
    return BroadcastSummary(broadcast_id, broadcast.title, True)


def broadcast_routes() -> list[HTTPRouteHandler]:
    """Every address of broadcasts."""
    return [list_broadcasts, read_broadcast, load_broadcast, retire_broadcast]


async def _text(request: AnyRequest) -> str:
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            body = await request.body()
        return body.decode("utf-8-sig")
    except TimeoutError:
        raise RequestRefused(
            408, "too_slow", f"the body took longer than {BODY_WITHIN_S:g} s"
        ) from None
    except UnicodeDecodeError as error:
        detail = f"the file is not UTF-8 (at byte {error.start}); save it as UTF-8"
        raise RequestRefused(400, "invalid_broadcast", detail) from None


def _invalid(problems: list[Problem]) -> RequestRefused:
    first = problems[0]
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems, the first"
    detail = f"{count} in line {first.line}: {first.detail}"
    field = first.field or None
    return RequestRefused(400, "invalid_broadcast", detail, field=field, errors=problems)


def _check(state: Broadcasts, old: Broadcast | None, new: Broadcast) -> None:
    if new.id in state.retired:
        detail = f"the broadcast {new.id} was retired, for good; give this one another id"
        raise RequestRefused(409, "retired", detail, field="id")
    statuses: dict[str, RoundStatus] = {key: entry.status for key, entry in state.rounds.items()}
    if found := refusals(old, new, statuses):
        problems = [Problem(0, "", detail) for detail in found]
        raise RequestRefused(409, "would_spoil_votes", found[0], errors=problems)


def _others(console: Console) -> list[Broadcast]:
    """Every broadcast that goes on, with its running order as it stands by now."""
    state, sessions = console.rounds, console.live
    return [
        structs.replace(entry, slots=list(sessions.slots(entry.id)))
        for entry in state.broadcasts.values()
        if entry.id not in state.retired
    ]


def _check_live(console: Console, live: LiveBroadcast | None, new: Broadcast) -> None:
    if live is None:
        return
    if found := reloaded(live, new):
        raise order_refused("would_change_the_past", found)
    if live.broadcast is None or live.broadcast.slots != new.slots:
        unsettled(console, new.id, new.slots)


def _nothing_on(session: Session) -> None:
    if session.current is not None:
        raise RequestRefused(409, "on_air", f"{session.current} is on; finish it first")


def _check_groups(
    console: Console, state: Broadcasts, old: Broadcast | None, new: Broadcast
) -> None:
    past = {
        group.id: held.id
        for held in state.broadcasts.values()
        if held.id in state.retired
        for group in held.groups
    }
    taken = next((group.id for group in new.groups if group.id in past), None)
    if taken is not None:
        detail = f"the group {taken} was ranked in {past[taken]}: give this one another id"
        raise RequestRefused(409, "retired_group", detail, field="groups")
    if found := group_refusals(old, new, _begun(console, new.id)):
        problems = [Problem(0, "", detail) for detail in found]
        raise RequestRefused(409, "would_spoil_marks", found[0], errors=problems)


def _begun(console: Console, broadcast_id: str) -> Begun:
    """The groups and slots of a broadcast in which something happened already."""
    live = console.live.broadcasts.get(broadcast_id)
    console.scores.is_current()
    if live is None:
        return Begun()
    runs = live.session.runs.values()
    marked = {group for group, held in live.groups.items() if held.entries}
    return Begun(
        {run.group for run in runs if run.group} | marked,
        {run.slot for run in runs} | live.marked_slots,
        live.closed_groups,
    )


def _known(state: Broadcasts, broadcast_id: str) -> Broadcast:
    if broadcast_id not in state.broadcasts:
        raise unknown_broadcast(broadcast_id)
    return state.broadcasts[broadcast_id]


def _all_settled(state: Broadcasts, broadcast_id: str) -> None:
    for entry in state.rounds.values():
        if entry.broadcast.id == broadcast_id and entry.status in ("open", "closed"):
            detail = f"round {entry.id} is {entry.status}: close it and wait until it is final"
            raise RequestRefused(409, f"round_{entry.status}", detail)
