"""Who asks with an evaluator's token, and which slot they mean."""

from dataclasses import dataclass

from agents.reducers.groups import Standing, stand
from agents.reducers.live_broadcast import LiveBroadcast
from dashboards.api.console import Console
from dashboards.api.web.errors import RequestRefused
from schemas.broadcasts import Broadcast, Evaluator, Slot
from streams.tokens import Bearer

WHO = {"WWW-Authenticate": 'Bearer realm="tribune"'}
OF_A_BROADCAST = "/"
"""A card's token names `BROADCAST/EVALUATOR`, and is good for that broadcast only."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A slot that can be marked, and the group that it is ranked in."""

    slot: Slot
    standing: Standing


def card_id(broadcast: str, evaluator: str) -> str:
    """Whom a card's token speaks for."""
    return f"{broadcast}{OF_A_BROADCAST}{evaluator}"


def judged(console: Console, slot_id: str) -> Judged:
    """Find a slot.

    Raises:
        RequestRefused: 404: there is none of that name that is ranked.
    """
    for live in console.live.broadcasts.values():
        slot = next((entry for entry in live.slots if entry.id == slot_id), None)
        found = stand(live, slot.group) if slot and slot.group else None
        if slot is not None and found is not None:
            return Judged(slot, found)
    detail = f"no presentation {slot_id!r} is in a rundown; the broadcast's session lists them"
    raise RequestRefused(404, "unknown_slot", detail)


def evaluator_of(console: Console, found: Standing, bearer: Bearer) -> Evaluator:
    """The evaluator whose token it is, among those who may mark a group.

    Raises:
        RequestRefused: 401: their card was taken back; 403: the token is of another broadcast,
            of nobody, or of a panel not asked.
    """
    evaluator = _in_broadcast(console, found.broadcast, bearer)
    if evaluator is None:
        detail = f"the token's evaluator is not one of the broadcast {found.broadcast.id}"
        raise RequestRefused(403, "unknown_evaluator", detail)
    if evaluator.panel not in found.formula.panels:
        detail = f"the panel {evaluator.panel} does not mark the group {found.group.id}"
        raise RequestRefused(403, "not_asked", detail)
    return evaluator


def broadcast_of(console: Console, bearer: Bearer) -> tuple[LiveBroadcast, Evaluator]:
    """The broadcast that an evaluator is asked to: the one loaded last that names them.

    Raises:
        RequestRefused: 401: their card was taken back; 403: none does.
    """
    broadcasts = console.live.broadcasts.values()
    for live in sorted(broadcasts, key=lambda held: held.broadcasts_position, reverse=True):
        if live.broadcast is None or live.is_retired:
            continue
        if found := _in_broadcast(console, live.broadcast, bearer):
            return live, found
    raise RequestRefused(403, "unknown_evaluator", "no broadcast names the token's evaluator")


def _in_broadcast(console: Console, broadcast: Broadcast, bearer: Bearer) -> Evaluator | None:
    for evaluator in broadcast.evaluators:
        if bearer.id not in (card_id(broadcast.id, evaluator.id), evaluator.id):
            continue
        if bearer.issued_at < console.cards.good_from(broadcast.id, evaluator.id):
            console.metrics.refused_bearers.labels("card_revoked").inc()
            detail = "this card was taken back: ask the operator for a new one"
            raise RequestRefused(401, "card_revoked", detail, headers=WHO)
        return evaluator
    return None
