"""Rounds over HTTP: how they stand, opening and closing them."""

from typing import Any

from litestar import Request, get, post
from litestar.handlers import HTTPRouteHandler

from agents.reducers.rounds import Broadcasts, VotingRound
from dashboards.api.console import Console, SharedConsole
from dashboards.api.rounds.votes_end import votes_end
from dashboards.api.web.auth import needs
from dashboards.api.web.described import OPERATOR, WRITE_ERRORS, RoundId, errors
from dashboards.api.web.errors import RequestRefused
from dashboards.api.web.shapes import RoundStanding, round_standing
from schemas.facts import RoundClosed, RoundOpened
from schemas.refusals import PLAIN_STATUS

TAGS = ["rounds"]
AnyRequest = Request[Any, Any, Any]


@get(
    "/api/rounds",
    operation_id="list_rounds",
    tags=TAGS,
    responses=errors(503),
)
async def list_rounds(console: SharedConsole) -> list[RoundStanding]:
    """Every round of the broadcasts that are not retired."""
    return [round_standing(entry) for entry in console.rounds.rounds.values()]


@post(
    "/api/rounds/{round_id:str}/open",
    operation_id="open_round",
    tags=TAGS,
    status_code=200,
    security=OPERATOR,
    guards=[needs("operator")],
    responses=errors(*WRITE_ERRORS, 404, 409),
)
async def open_round(
    console: SharedConsole, request: AnyRequest, round_id: RoundId
) -> RoundStanding:
    """Open a round for ballots, also one that was closed and is not final yet.

    It closes by itself at the file's closes_at when that is still to come, or else by hand.
    What was closed by hand is not opened again by the schedule.
    """
    async with console.broadcasts.turn():
        state = console.rounds
        entry = _known(state, round_id)
        if entry.status not in ("loaded", "closed"):
            raise _refused(entry, "opened")
        await write_opening(console, entry, str(request.state.by))
        entry = _known(state, round_id)
        if entry.status != "open":
            raise _refused(entry, "opened")
        return round_standing(entry)


@post(
    "/api/rounds/{round_id:str}/close",
    operation_id="close_round",
    tags=TAGS,
    status_code=200,
    security=OPERATOR,
    guards=[needs("operator")],
    responses=errors(*WRITE_ERRORS, 404, 409),
)
async def close_round(
    console: SharedConsole, request: AnyRequest, round_id: RoundId
) -> RoundStanding:
    """Close a round; two seconds later it is final."""
    async with console.broadcasts.turn():
        state = console.rounds
        entry = _known(state, round_id)
        if entry.status != "open":
            raise _refused(entry, "closed")
        await write_closing(console, entry, str(request.state.by))
        entry = _known(state, round_id)
        if entry.status == "open":
            raise _refused(entry, "closed")
        return round_standing(entry)


async def write_opening(
    console: Console, entry: VotingRound, by: str, *, scheduled: bool = False
) -> None:
    """Write that a round is open from now on, until its `closes_at` when that is to come."""
    ends = await votes_end(console.room)
    at, closes_at = _after(console, entry), entry.definition.closes_at
    fact = RoundOpened(
        at=at,
        by=by,
        round=entry.id,
        votes_from=ends,
        closes_at=closes_at if closes_at is not None and closes_at > at else None,
        scheduled=scheduled,
    )
    await console.broadcasts.write(fact, entry.broadcast.id)


async def write_closing(
    console: Console, entry: VotingRound, by: str, *, scheduled: bool = False
) -> None:
    """Write that a round is closed from now on."""
    fact = RoundClosed(at=_after(console, entry), by=by, round=entry.id, scheduled=scheduled)
    await console.broadcasts.write(fact, entry.broadcast.id)


def round_routes() -> list[HTTPRouteHandler]:
    """Every address of rounds."""
    return [list_rounds, open_round, close_round]


def _after(console: Console, entry: VotingRound) -> int:
    """The time now, but never before the fact that it follows: clocks differ between machines."""
    return max(console.now_ms(), entry.at)


def _known(state: Broadcasts, round_id: str) -> VotingRound:
    if round_id not in state.rounds:
        detail = f"no round {round_id!r} is loaded; /api/rounds lists them"
        raise RequestRefused(404, "unknown_round", detail)
    return state.rounds[round_id]


def _refused(entry: VotingRound, wish: str) -> RequestRefused:
    detail = f"round {entry.id} is {PLAIN_STATUS[entry.status]}: it cannot be {wish} now"
    return RequestRefused(409, f"round_{entry.status}", detail)
