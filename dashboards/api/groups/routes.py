"""Groups over HTTP: how they stand, closing them, and revealing their boards row by row."""

from typing import Any

from litestar import Request, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody

from agents.reducers.group_board import round_of
from agents.reducers.groups import Standing, stand
from dashboards.api.console import Console, SharedConsole
from dashboards.api.marks.shapes import GroupStanding, RevealAsked, group_standing
from dashboards.api.web.auth import needs
from dashboards.api.web.described import OPERATOR, WRITE_ERRORS, BroadcastId, GroupId, errors
from dashboards.api.web.errors import RequestRefused, unknown_broadcast
from schemas.scores import GroupClosed, KeyPublished, RowRevealed, ScoresFact
from schemas.seals import written_key

TAGS = ["groups"]
AnyRequest = Request[Any, Any, Any]


@get(
    "/api/broadcasts/{broadcast_id:str}/groups",
    operation_id="list_groups",
    tags=TAGS,
    security=OPERATOR,
    guards=[needs("operator")],
    responses=errors(*WRITE_ERRORS, 404),
)
async def list_groups(console: SharedConsole, broadcast_id: BroadcastId) -> list[GroupStanding]:
    """A broadcast's groups: how many marks are missing, what is revealed."""
    live = console.live.broadcasts.get(broadcast_id)
    if live is None or live.broadcast is None:
        raise unknown_broadcast(broadcast_id)
    found = (stand(live, group.id) for group in live.broadcast.groups)
    return [group_standing(held) for held in found if held]


@post(
    "/api/groups/{group_id:str}/close",
    operation_id="close_group",
    tags=TAGS,
    status_code=200,
    security=OPERATOR,
    guards=[needs("operator")],
    responses=errors(*WRITE_ERRORS, 404, 409),
)
async def close_group(
    console: SharedConsole, request: AnyRequest, group_id: GroupId
) -> GroupStanding:
    """Close a group: no evaluator changes anything any more; what is in makes its board."""
    async with console.scores.turn():
        found = _known(console, group_id)
        if found.marks.is_closed:
            raise RequestRefused(409, "group_closed", f"the group {group_id} is closed already")
        _check_nothing_on(console, found)
        await _close(console, found, str(request.state.by))
        return group_standing(_known(console, group_id))


@post(
    "/api/groups/{group_id:str}/reveal",
    operation_id="reveal_group",
    tags=TAGS,
    status_code=200,
    security=OPERATOR,
    guards=[needs("operator")],
    responses=errors(*WRITE_ERRORS, 400, 404, 409),
)
async def reveal_group(
    console: SharedConsole, request: AnyRequest, group_id: GroupId, data: JSONBody[RevealAsked]
) -> GroupStanding:
    """Make rows of a group's board public, from the last place up: so many in all, or "all".

    Asked again for as many, it changes nothing. A group that is not closed yet is closed by it when
    no mark is missing. With the last row the group's key is published: then anyone recomputes.
    """
    by = str(request.state.by)
    async with console.scores.turn():
        found = _known(console, group_id)
        _check_citizens(console, found)
        if not found.marks.is_closed:
            _check_complete(found)
            _check_nothing_on(console, found)
            await _close(console, found, by)
            found = _known(console, group_id)
        await _reveal(console, found, by, data)
        return group_standing(_known(console, group_id))


def group_routes() -> list[HTTPRouteHandler]:
    """Every address of groups."""
    return [list_groups, close_group, reveal_group]


def closed_group(console: Console, group_id: str) -> Standing:
    """Find a group whose marks an operator may see.

    Raises:
        RequestRefused: 404: there is none; 409: it is not closed.
    """
    found = _known(console, group_id)
    if not found.marks.is_closed:
        detail = f"the group {group_id} is not closed: until then only evaluators see their own"
        raise RequestRefused(409, "group_open", detail)
    return found


async def _close(console: Console, found: Standing, by: str) -> None:
    await _write(console, found, GroupClosed(**_named(console, found, by)))


async def _reveal(console: Console, found: Standing, by: str, asked: RevealAsked) -> None:
    ranked = sum(1 for entry in found.counts().values() if entry.marks)
    rows = ranked if asked.rows == "all" else min(asked.rows, ranked)
    held = found.marks
    if asked.rows != "all" and asked.rows < held.revealed:
        detail = f"{held.revealed} rows are public already: nothing is taken back"
        raise RequestRefused(409, "already_revealed", detail, field="rows")
    if max(rows, 1) > held.revealed:
        fact = RowRevealed(**_named(console, found, by), rows=max(rows, 1))
        await _write(console, found, fact)
    if rows >= ranked and held.key is None:
        key = written_key(console.folds.key_of(*found.name))
        await _write(console, found, KeyPublished(**_named(console, found, by), key=key))


async def _write(console: Console, found: Standing, fact: ScoresFact) -> None:
    await console.scores.write(fact, found.group.id)


def _named(console: Console, found: Standing, by: str) -> dict[str, Any]:
    broadcast, group = found.name
    at = max(console.now_ms(), found.marks.at)
    return {"at": at, "by": by, "broadcast": broadcast, "group": group}


def _known(console: Console, group_id: str) -> Standing:
    for live in console.live.broadcasts.values():
        if found := stand(live, group_id):
            return found
    raise RequestRefused(404, "unknown_group", f"no group {group_id!r} is in a broadcast")


def _check_nothing_on(console: Console, found: Standing) -> None:
    run = console.live.session(found.broadcast.id).run
    if run is not None and run.group == found.group.id:
        detail = f"{run.slot} of this group is on: finish it first"
        raise RequestRefused(409, "presentation_on", detail)


def _check_complete(found: Standing) -> None:
    missing = sum(entry.missing for entry in found.counts().values())
    if missing:
        count = "1 mark is missing" if missing == 1 else f"{missing} marks are missing"
        detail = f"{count}: close the group first, if they are not to come any more"
        raise RequestRefused(409, "group_open", detail)


def _check_citizens(console: Console, found: Standing) -> None:
    """A board in which citizens count is revealed only when nothing of theirs can change."""
    round_id = round_of(found.formula)
    entry = console.rounds.rounds.get(round_id) if round_id else None
    if entry is not None and entry.final_positions is None:
        detail = f"the round {round_id} counts in this group and is not final: close it first"
        raise RequestRefused(409, "round_not_final", detail)
