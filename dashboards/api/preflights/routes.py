"""The preflight list over HTTP: what is missing before a presentation day."""

import asyncio

from litestar import get
from litestar.handlers import HTTPRouteHandler

from agents.reducers.groups import Standing, stand
from dashboards.api.console import Console, SharedConsole
from dashboards.api.web.auth import needs
from dashboards.api.web.described import OPERATOR, WRITE_ERRORS, BroadcastId, errors
from dashboards.api.web.errors import unknown_broadcast
from dashboards.preflight.ask import ask_screens, ask_stages
from dashboards.preflight.rules import Coming, Found, preflight
from schemas.broadcasts import Slot
from schemas.preflights import Preflight


@get(
    "/api/broadcasts/{broadcast_id:str}/preflight",
    operation_id="read_preflight",
    tags=["rundown"],
    security=OPERATOR,
    guards=[needs("operator")],
    responses=errors(*WRITE_ERRORS, 404),
)
async def read_preflight(console: SharedConsole, broadcast_id: BroadcastId) -> Preflight:
    """Who has no slides, no evaluator; which device or screen does not answer; whose clock is off.

    It asks the stage controllers and push now; what is over is left out.
    """
    coming = _coming(console, broadcast_id)
    stages, screens = await asyncio.gather(
        ask_stages(console.config.stages),
        ask_screens(console.config.push_url, console.config.secret, broadcast_id),
    )
    decks = [slot.id for slot in coming.slots if console.decks.find(slot.id)]
    return preflight(coming, Found(decks, stages, screens), console.now_ms())


def preflight_routes() -> list[HTTPRouteHandler]:
    """Every address of the preflight list."""
    return [read_preflight]


def _coming(console: Console, broadcast_id: str) -> Coming:
    state = console.live
    live = state.broadcasts.get(broadcast_id)
    if live is None or live.broadcast is None:
        raise unknown_broadcast(broadcast_id)
    slots: list[Slot] = [
        slot
        for slot in live.slots
        if slot.kind == "presentation" and not live.session.is_done(slot.id)
    ]
    stands = (stand(live, group.id) for group in live.broadcast.groups)
    groups: list[Standing] = [held for held in stands if held is not None]
    return Coming(broadcast_id, slots, groups, state.seq(broadcast_id), live.at)
