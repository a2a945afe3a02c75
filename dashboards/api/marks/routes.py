"""Marks over HTTP: an evaluator's own, and an operator's corrections after the close."""

from collections.abc import Iterator
from typing import Any

from litestar import Request, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody
from msgspec.structs import asdict

from agents.reducers.groups import stand, wrong_marks
from agents.reducers.marks import Entry
from dashboards.api.console import Console, SharedConsole
from dashboards.api.groups.routes import closed_group
from dashboards.api.marks.judges import Judged, broadcast_of, evaluator_of, judged
from dashboards.api.marks.shapes import (
    CorrectionAsked,
    GivenMarks,
    OwnMarking,
    OwnMarks,
    own_marking,
)
from dashboards.api.web.auth import needs
from dashboards.api.web.described import (
    EVALUATOR,
    OPERATOR,
    WRITE_ERRORS,
    GroupId,
    SlotId,
    errors,
)
from dashboards.api.web.errors import RequestRefused
from schemas.broadcasts import Evaluator
from schemas.markings import MarkPlace, seal_marking
from schemas.scores import Marking, MarksCorrected, MarksSealed
from streams.tokens import Bearer

TAGS = ["marks"]
AnyRequest = Request[Any, Any, Any]


@get(
    "/api/marks",
    operation_id="read_own_marks",
    tags=TAGS,
    security=EVALUATOR,
    guards=[needs("evaluator")],
    responses=errors(*WRITE_ERRORS),
)
async def read_own_marks(console: SharedConsole, request: AnyRequest) -> OwnMarks:
    """Who the evaluator is, and what they said so far, by slot."""
    live, evaluator = broadcast_of(console, request.state.bearer)
    slots: dict[str, OwnMarking] = {}
    groups = {slot.group for slot in live.slots if slot.group}
    for group in groups:
        if found := stand(live, group):
            slots |= {
                slot: own_marking(entry)
                for (slot, who), entry in found.marks.entries.items()
                if who == evaluator.id
            }
    return OwnMarks(evaluator, live.id, slots)


@get(
    "/api/slots/{slot_id:str}/marks",
    operation_id="read_marks",
    tags=TAGS,
    security=EVALUATOR,
    guards=[needs("evaluator")],
    responses=errors(*WRITE_ERRORS, 404),
)
async def read_marks(console: SharedConsole, request: AnyRequest, slot_id: SlotId) -> OwnMarking:
    """The evaluator's own marks of a slot; none yet is an empty set of marks."""
    found = judged(console, slot_id)
    evaluator = evaluator_of(console, found.standing, request.state.bearer)
    return own_marking(_held(found, evaluator))


@put(
    "/api/slots/{slot_id:str}/marks",
    operation_id="set_marks",
    tags=TAGS,
    security=EVALUATOR,
    guards=[needs("evaluator")],
    responses=errors(*WRITE_ERRORS, 400, 404, 409),
)
async def set_marks(
    console: SharedConsole, request: AnyRequest, slot_id: SlotId, data: JSONBody[Marking]
) -> OwnMarking:
    """Say how one marks a slot, or why one does not.

    Marks may be set one by one, and count once they are submitted; they may be changed until the
    group is closed. Sent again they change nothing. Nobody marks their own unit.
    """
    console.scores.is_current()
    console.broadcasts.is_current()
    found = judged(console, slot_id)
    evaluator = evaluator_of(console, found.standing, request.state.bearer)
    _take_turn(console, request.state.bearer)
    if data.recused is None and found.slot.unit in evaluator.units:
        detail = f"{found.slot.unit} is the evaluator's own unit: nobody marks their own"
        raise RequestRefused(403, "own_unit", detail)
    _check_open(found)
    _check_marks(found, data)
    held = _held(found, evaluator)
    if held is None or held.marking != data:
        await _write(console, found, evaluator, data, str(request.state.by))
    return own_marking(_held(judged(console, slot_id), evaluator))


@get(
    "/api/groups/{group_id:str}/marks",
    operation_id="list_marks",
    tags=TAGS,
    security=OPERATOR,
    guards=[needs("operator")],
    responses=errors(*WRITE_ERRORS, 404, 409),
)
async def list_marks(console: SharedConsole, group_id: GroupId) -> list[GivenMarks]:
    """Everyone's marks of a group that is closed; before that nobody sees those of others."""
    return list(_given(console, group_id))


@post(
    "/api/slots/{slot_id:str}/corrections",
    operation_id="correct_marks",
    tags=TAGS,
    status_code=200,
    security=OPERATOR,
    guards=[needs("operator")],
    responses=errors(*WRITE_ERRORS, 400, 404, 409),
)
async def correct_marks(
    console: SharedConsole, request: AnyRequest, slot_id: SlotId, data: JSONBody[CorrectionAsked]
) -> OwnMarking:
    """Put an evaluator's marks right after the close, with a reason that everyone reads.

    It is public at once, also before the reveal: it must tell no mark. The board gets
    a new version; the old one is kept (`/api/boards/{board}/versions`).
    """
    async with console.scores.turn():
        found = judged(console, slot_id)
        if not found.standing.marks.is_closed:
            detail = f"the group {found.standing.group.id} is open: the evaluator may change it"
            raise RequestRefused(409, "group_open", detail)
        evaluators = found.standing.asked(found.slot)
        evaluator = next((entry for entry in evaluators if entry.id == data.evaluator), None)
        if evaluator is None:
            detail = f"{data.evaluator!r} is not asked to mark {slot_id}"
            raise RequestRefused(400, "unknown_evaluator", detail, field="evaluator")
        marking = data.marking()
        _check_marks(found, marking)
        by = str(request.state.by)
        await _write(console, found, evaluator, marking, by, reason=data.reason)
        return own_marking(_held(judged(console, slot_id), evaluator))


def mark_routes() -> list[HTTPRouteHandler]:
    """Every address of marks."""
    return [read_own_marks, read_marks, set_marks, list_marks, correct_marks]


def _take_turn(console: Console, bearer: Bearer) -> None:
    if wait_ms := console.marking.take(bearer.id, 1, console.now_ms()):
        wait_s = -(-wait_ms // 1_000)
        detail = f"nobody sets so many marks by hand; wait {wait_s} s"
        raise RequestRefused(429, "too_many_marks", detail, headers={"Retry-After": str(wait_s)})


def _held(found: Judged, evaluator: Evaluator) -> Entry | None:
    return found.standing.marks.entries.get((found.slot.id, evaluator.id))


def _check_open(found: Judged) -> None:
    if found.standing.marks.is_closed:
        detail = f"the group {found.standing.group.id} is closed: nobody changes a mark any more"
        raise RequestRefused(409, "group_closed", detail)
    if found.slot.id in found.standing.skipped:
        raise RequestRefused(
            409, "slot_skipped", f"{found.slot.id} was skipped: there is nothing to mark"
        )


def _check_marks(found: Judged, marking: Marking) -> None:
    if wrong := wrong_marks(found.standing.formula, marking):
        criterion, detail = wrong
        raise RequestRefused(
            400, "invalid_marks", f"{criterion}: {detail}", field=f"marks.{criterion}"
        )


async def _write(
    console: Console,
    found: Judged,
    evaluator: Evaluator,
    marking: Marking,
    by: str,
    *,
    reason: str | None = None,
) -> None:
    broadcast, group = found.standing.name
    place = MarkPlace(broadcast, group, found.slot.id, evaluator.id)
    sealed = seal_marking(console.folds.key_of, place, marking)
    at = max(console.now_ms(), found.standing.marks.at)
    fields: dict[str, Any] = {"at": at, "by": by, **place._asdict(), **asdict(sealed)}
    fact = MarksSealed(**fields) if reason is None else MarksCorrected(**fields, reason=reason)
    has_effect = await console.scores.write(fact, group)
    # a correction without one was made already
    if not has_effect and reason is None:
        _check_open(judged(console, found.slot.id))


def _given(console: Console, group_id: str) -> Iterator[GivenMarks]:
    found = closed_group(console, group_id)
    panels = {entry.id: entry.panel for entry in found.broadcast.evaluators}
    for (slot, evaluator), entry in sorted(found.marks.entries.items()):
        yield GivenMarks(
            slot=slot,
            evaluator=evaluator,
            panel=panels.get(evaluator),
            given=own_marking(entry),
            changes=entry.changes,
        )
