"""The time ledger over HTTP, as JSON or as a table."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from litestar import MediaType, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter

from agents.reducers.ledger import ledger
from dashboards.api.console import SharedConsole
from dashboards.api.rundowns.spreadsheets import plain
from dashboards.api.web.described import BroadcastId, errors
from dashboards.api.web.errors import unknown_broadcast
from schemas.broadcasts import Text
from schemas.ledgers import Cut, Ledger, LedgerRow
from schemas.wire import encode

Form = Annotated[
    Literal["json", "csv"],
    QueryParameter(name="format", description="JSON, or a table for people."),
]
COLUMNS = [
    "slot",
    "group",
    "unit",
    "presenter_zh",
    "presenter_en",
    "title_zh",
    "title_en",
    "status",
    "allotted_s",
    "used_s",
    "paused_s",
    "added_s",
    "overtime_s",
    "started_at",
    "warning_planned_at",
    "warned_at",
    "ends_at",
    "finished_at",
    "device",
    "cut_planned_at",
    "cut_sent_at",
    "cut_confirmed_at",
    "cut_late_ms",
    "cut_attempts",
    "unequal",
]


@get(
    "/api/broadcasts/{broadcast_id:str}/ledger",
    operation_id="read_ledger",
    tags=["rundown"],
    responses={200: ResponseSpec(Ledger, description="The ledger.", generate_examples=False)}
    | errors(400, 404, 503),
)
async def read_ledger(
    console: SharedConsole, broadcast_id: BroadcastId, form: Form = "json"
) -> Response[bytes]:
    """What every presenter got: the time, the warning, the cut of each microphone.

    `unequal` says in which ways a presenter was not treated as the others of the group.
    """
    live = console.live.broadcasts.get(broadcast_id)
    if live is None or live.broadcast is None:
        raise unknown_broadcast(broadcast_id)
    found = ledger(live)
    headers = {"Cache-Control": "no-cache"}
    if form == "json":
        return Response(encode(found), media_type=MediaType.JSON, headers=headers)
    headers["Content-Disposition"] = f'attachment; filename="{broadcast_id}-ledger.csv"'
    return Response(written(found), media_type="text/csv", headers=headers)


def ledger_routes() -> list[HTTPRouteHandler]:
    """Every address of the ledger."""
    return [read_ledger]


def written(found: Ledger) -> bytes:
    """A ledger as a table that spreadsheets open: one row a presentation and device."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for row in found.rows:
        for device, cut in row.cut.items() or [("", None)]:
            table.writerow([*_times(row), device, *_cells(cut), " ".join(row.unequal)])
    return text.getvalue().encode("utf-8-sig")


def _times(row: LedgerRow) -> Iterator[Any]:
    yield from (row.slot, row.group, row.unit)
    for words in (row.presenter or Text(), row.title or Text()):
        yield from (plain(words.zh), plain(words.en))
    yield row.status
    for length_ms in (row.allotted_ms, row.used_ms, row.paused_ms, row.added_ms, row.overtime_ms):
        yield None if length_ms is None else f"{length_ms / 1_000:.3f}"
    times = (row.started_at, row.warning_planned_at, row.warned_at, row.ends_at, row.finished_at)
    yield from map(_time, times)


def _cells(cut: Cut | None) -> list[Any]:
    if cut is None:
        return [None] * 5
    late = None if cut.confirmed_at is None else cut.confirmed_at - cut.planned_at
    times = [_time(at) for at in (cut.planned_at, cut.sent_at, cut.confirmed_at)]
    return [*times, late, cut.attempts]


def _time(at: int | None) -> str | None:
    if at is None:
        return None
    return datetime.fromtimestamp(at / 1_000, UTC).isoformat(timespec="milliseconds")
