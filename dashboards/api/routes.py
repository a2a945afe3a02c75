"""The API's addresses: what each reads or writes."""

import asyncio
from typing import Any

import msgspec
from litestar import MediaType, Request, Response, get, post
from litestar.handlers import HTTPRouteHandler

from agents.reducers.rounds import VotingRound
from dashboards.api.auth import needs
from dashboards.api.console import Console
from dashboards.api.errors import Refused
from dashboards.api.shapes import (
    BroadcastSummary,
    Config,
    Health,
    Loaded,
    RoundStanding,
    standing,
    summary,
)
from schemas.facts import BroadcastLoaded, RoundClosed, RoundOpened
from schemas.loading import load

AnyRequest = Request[Any, Any, Any]
BODY_WITHIN_S = 10.0


@get("/healthz")
async def healthz(console: Console) -> Response[Health]:
    """Say whether all is well."""
    problems = console.problems()
    return Response(Health(not problems, problems), status_code=503 if problems else 200)


@get("/api/config")
async def config(console: Console) -> Config:
    """Where the other doors are."""
    settings = console.config
    return Config(settings.gateway_port, settings.push_port, settings.public_host, ["zh", "en"])


@get("/api/broadcasts")
async def list_broadcasts(console: Console) -> list[BroadcastSummary]:
    """Every broadcast that was ever loaded."""
    state = console.log.state
    return [summary(entry, key in state.retired) for key, entry in state.broadcasts.items()]


@get("/api/broadcasts/{broadcast_id:str}")
async def one_broadcast(console: Console, broadcast_id: str) -> dict[str, Any]:
    """A broadcast as it was loaded, and how its rounds stand."""
    broadcast = console.log.state.broadcasts.get(broadcast_id)
    if broadcast is None:
        raise Refused(404, "unknown_broadcast", f"no broadcast {broadcast_id!r} is loaded")
    held = console.log.state.rounds
    document = msgspec.to_builtins(broadcast)
    rounds = [
        entry | (msgspec.to_builtins(standing(held[entry["id"]])) if entry["id"] in held else {})
        for entry in document["rounds"]
    ]
    return document | {"rounds": rounds} | {"retired": broadcast_id in console.log.state.retired}


@post("/api/broadcasts", guards=[needs("operator")], status_code=200)
async def load_broadcast(
    console: Console, request: AnyRequest, dry_run: bool = False
) -> Response[Loaded]:
    """Load a broadcast file."""
    async with asyncio.timeout(BODY_WITHIN_S):
        text = (await request.body()).decode()
    async with console.log.turn() as state:
        others = [entry for key, entry in state.broadcasts.items() if key not in state.retired]
        found = load(text, others)
        if isinstance(found, list):
            raise Refused(400, "invalid_broadcast", found[0].detail, problems=found)
        old = state.broadcasts.get(found.id)
        if old == found:
            return Response(Loaded(found.id, []), status_code=200)
        changes = [f"broadcast {found.id} {'changed' if old else 'added'}"]
        if not dry_run:
            by = str(request.state.by)
            fact = BroadcastLoaded(at=console.now_ms(), by=by, broadcast=found, changes=changes)
            await console.log.write(fact, found.id)
    status = 201 if old is None and not dry_run else 200
    return Response(Loaded(found.id, changes), status_code=status)


@get("/api/rounds")
async def list_rounds(console: Console) -> list[RoundStanding]:
    """Every round of the broadcasts that are not retired."""
    return [standing(entry) for entry in console.log.state.rounds.values()]


def _round(rounds: dict[str, VotingRound], round_id: str) -> VotingRound:
    if round_id not in rounds:
        raise Refused(404, "unknown_round", f"no round {round_id!r} is loaded; see /api/rounds")
    return rounds[round_id]


@post("/api/rounds/{round_id:str}/open", guards=[needs("operator")], status_code=200)
async def open_round(console: Console, request: AnyRequest, round_id: str) -> RoundStanding:
    """Open a round for ballots."""
    async with console.log.turn() as state:
        entry = _round(state.rounds, round_id)
        if entry.status in ("open", "finalised"):
            raise Refused(409, f"round_{entry.status}", f"round {round_id} is {entry.status}")
        now, closes_at = console.now_ms(), entry.definition.closes_at
        fact = RoundOpened(
            at=now,
            by=str(request.state.by),
            round=round_id,
            votes_from=await console.log.ends_of_votes(),
            closes_at=closes_at if closes_at and closes_at > now else None,
        )
        await console.log.write(fact, entry.broadcast.id)
        return standing(_round(state.rounds, round_id))


@post("/api/rounds/{round_id:str}/close", guards=[needs("operator")], status_code=200)
async def close_round(console: Console, request: AnyRequest, round_id: str) -> RoundStanding:
    """Close a round; it can be opened again until it is final."""
    async with console.log.turn() as state:
        entry = _round(state.rounds, round_id)
        if entry.status != "open":
            raise Refused(409, "round_not_open", f"round {round_id} is {entry.status}, not open")
        fact = RoundClosed(at=console.now_ms(), by=str(request.state.by), round=round_id)
        await console.log.write(fact, entry.broadcast.id)
        return standing(_round(state.rounds, round_id))


@get("/api/boards/{board:str}")
async def one_board(console: Console, request: AnyRequest, board: str) -> Response[bytes]:
    """The latest board, as in the log; its ETag is its number."""
    if board.startswith("presentations:"):
        raise Refused(403, "not_revealed", f"the board {board} is not revealed yet")
    found = console.boards.get(board)
    if found is None:
        raise Refused(404, "no_board", f"no board {board!r} was published yet")
    etag = f'"{found[0]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, headers=headers)
    return Response(found[1], media_type=MediaType.JSON, headers=headers)


def api_routes() -> list[HTTPRouteHandler]:
    """Every address of the API."""
    return [
        healthz,
        config,
        list_broadcasts,
        one_broadcast,
        load_broadcast,
        list_rounds,
        open_round,
        close_round,
        one_board,
    ]
