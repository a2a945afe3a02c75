"""Rundowns over HTTP: a broadcast's running order as JSON, CSV or XLSX, both ways, also live."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from re import fullmatch
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from litestar import MediaType, Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter

from agents.reducers.rundown_rules import problems
from dashboards.api.console import Console, SharedConsole
from dashboards.api.rundowns.problems import order_refused, table_refused
from dashboards.api.rundowns.spreadsheets import (
    CSV,
    XLSX,
    NotATable,
    read_csv,
    write_csv,
    write_xlsx,
)
from dashboards.api.rundowns.workbooks import read_workbook
from dashboards.api.sessions.routes import follow, known, match, ordered, unsettled
from dashboards.api.sessions.shapes import CommandOrder, Rundown, RundownOrder
from dashboards.api.web.auth import needs
from dashboards.api.web.bodies import BODY_WITHIN_S
from dashboards.api.web.described import OPERATOR, WRITE_ERRORS, BroadcastId, DryRun, errors
from dashboards.api.web.errors import RequestRefused
from dashboards.api.web.etags import etag_of
from schemas.broadcasts import Slot
from schemas.changes import slot_changes
from schemas.rundown import RowProblem, Sheet, read, written
from schemas.wire import without_content

BODY_BYTES = 2 << 20  # the example's workbook is 9 kB; people's have logos and hidden sheets
ZIP = b"PK"
TABLES = (
    CSV,
    XLSX,
    "application/csv",
    "text/plain",
    "application/vnd.ms-excel",
    "application/octet-stream",
    "application/x-www-form-urlencoded",
    "",
)
"""What browsers and programs (curl by itself: a form) call these files; which of the two it is,
its first bytes say."""

TAGS = ["rundowns"]
AnyRequest = Request[Any, Any, Any]
Format = Annotated[
    Literal["json", "csv", "xlsx"] | None,
    QueryParameter(description="How it is written; without it, as `Accept` says, or CSV."),
]
Day = Annotated[
    str | None,
    QueryParameter(
        description="The day that bare times are on, `2026-12-01`; else the first "
        "planned day of the rundown, or today."
    ),
]
Zone = Annotated[
    str | None,
    QueryParameter(
        description="The time zone that they are in, such as `Asia/Shanghai` or "
        "`+08:00`; else the console's."
    ),
]


@get(
    "/api/broadcasts/{broadcast_id:str}/rundown",
    operation_id="read_rundown",
    tags=TAGS,
    responses={
        200: ResponseSpec(Rundown, description="The running order.", generate_examples=False)
    }
    | errors(400, 404, 503),
)
async def read_rundown(
    console: SharedConsole,
    request: AnyRequest,
    broadcast_id: BroadcastId,
    format: Format = None,  # noqa: A002 - the name in the address
    zone: Zone = None,
) -> Response[bytes]:
    """The running order as it stands: as JSON, CSV or XLSX.

    The tables read back as the same running order.
    """
    known(console, broadcast_id)
    slots = console.live.slots(broadcast_id)
    kind = format or _asked_for(request.headers.get("accept", ""))
    if kind == "json":
        return _answer(console, broadcast_id, [])
    table = written(slots, _sheet(console, broadcast_id, None, zone))
    body = write_csv(table) if kind == "csv" else await asyncio.to_thread(write_xlsx, table)
    headers = {
        "ETag": etag_of(console.live.seq(broadcast_id)),
        "Content-Disposition": f'attachment; filename="{broadcast_id}-rundown.{kind}"',
        "Content-Type": f"{CSV}; charset=utf-8" if kind == "csv" else XLSX,
    }
    return Response(body, headers=headers)


@post(
    "/api/broadcasts/{broadcast_id:str}/rundown",
    operation_id="change_rundown",
    request_max_body_size=BODY_BYTES,
    tags=TAGS,
    status_code=200,
    security=OPERATOR,
    guards=[needs("operator")],
    responses={
        200: ResponseSpec(Rundown, description="The running order now.", generate_examples=False)
    }
    | errors(*WRITE_ERRORS, 400, 404, 408, 409, 412, 413),
)
async def change_rundown(
    console: SharedConsole,
    request: AnyRequest,
    broadcast_id: BroadcastId,
    *,
    dry_run: DryRun = False,
    day: Day = None,
    zone: Zone = None,
) -> Response[bytes]:
    """Give the broadcast a whole running order, by its Content-Type as JSON, CSV or XLSX.

    What is wrong in a table is told at once, each with its row and column, and then nothing is
    changed. What is on or done stays as it is (409). If-Match is obeyed.
    """
    known(console, broadcast_id)
    match(console, request, broadcast_id)
    before = list(console.live.slots(broadcast_id))
    order = await _order(console, request, _sheet(console, broadcast_id, day, zone))
    changes = slot_changes(before, order.slots)
    if changes:
        _check(console, broadcast_id, order.slots)
    if changes and not dry_run:
        wish = CommandOrder("change_rundown", reason=order.reason, slots=order.slots)
        await follow(console, request, ordered(console, request, broadcast_id, wish))
    return _answer(console, broadcast_id, changes)


def _check(console: Console, broadcast_id: str, slots: Sequence[Slot]) -> None:
    broadcasts = console.live.broadcasts
    held = broadcasts[broadcast_id]
    others = [other for other in broadcasts.values() if other is not held]
    if wrong := list(problems(held, others, slots)):
        raise order_refused("rundown", wrong)
    unsettled(console, broadcast_id, slots)


def rundown_routes() -> list[HTTPRouteHandler]:
    """Every address of rundowns."""
    return [read_rundown, change_rundown]


def _answer(console: Console, broadcast_id: str, changes: list[str]) -> Response[bytes]:
    state = console.live
    seq = state.seq(broadcast_id)
    rundown = Rundown(broadcast_id, seq, list(state.slots(broadcast_id)), changes)
    headers = {"ETag": etag_of(seq)}
    return Response(msgspec.json.encode(rundown), media_type=MediaType.JSON, headers=headers)


def _asked_for(accept: str) -> Literal["json", "csv", "xlsx"]:
    kinds: dict[str, Literal["json", "xlsx"]] = {"application/json": "json", XLSX: "xlsx"}
    first = accept.partition(",")[0].partition(";")[0].strip().lower()
    return kinds.get(first, "csv")


async def _order(console: Console, request: AnyRequest, sheet: Sheet) -> RundownOrder:
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            body = await request.body()
    except TimeoutError:
        raise RequestRefused(
            408, "too_slow", f"the body took longer than {BODY_WITHIN_S:g} s"
        ) from None
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == MediaType.JSON:
        return _json(body)
    if kind not in TABLES:
        detail = f"say the Content-Type: {MediaType.JSON.value}, {CSV}, or {XLSX}"
        raise RequestRefused(400, "content_type", detail)
    try:
        is_packed = kind == XLSX or body.startswith(ZIP)
        reading = read_workbook(body) if is_packed else asyncio.to_thread(read_csv, body)
        table = await reading
    except NotATable as error:
        raise RequestRefused(400, "not_a_table", str(error)) from None
    found = read(table, sheet)
    if wrong := [entry for entry in found if isinstance(entry, RowProblem)]:
        raise table_refused(wrong)
    return RundownOrder([entry for entry in found if isinstance(entry, Slot)])


def _json(body: bytes) -> RundownOrder:
    try:
        return msgspec.json.decode(body, type=RundownOrder)
    except msgspec.DecodeError as error:
        raise RequestRefused(400, "invalid_rundown", without_content(str(error))) from None
    except RecursionError:
        raise RequestRefused(400, "invalid_rundown", "it is nested too deeply") from None


def _sheet(console: Console, broadcast_id: str, day: str | None, zone: str | None) -> Sheet:
    """What tables are read against: a day and a time zone for bare times."""
    broadcast = console.rounds.broadcasts[broadcast_id]
    slots = console.live.slots(broadcast_id)
    planned = [slot.planned_at for slot in slots if slot.planned_at is not None]
    at, where = min(planned, default=console.now_ms()) / 1_000, _zone_of(zone)
    try:
        first = datetime.fromisoformat(day) if day else datetime.fromtimestamp(at, where)
    except ValueError:
        detail = f"{day!r} is no day; write 2026-12-01"
        raise RequestRefused(400, "bad_parameter", detail, field="day") from None
    return Sheet(broadcast, first.replace(tzinfo=where))


def _zone_of(name: str | None) -> tzinfo | None:
    if name is None:
        return datetime.now(UTC).astimezone().tzinfo
    try:
        offset = fullmatch(r"([+-])(\d\d):(\d\d)", name)
        if offset is None:
            return ZoneInfo(name)
        ahead = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return timezone(-ahead if offset[1] == "-" else ahead)
    except (ValueError, ZoneInfoNotFoundError, OSError):
        detail = f"{name!r} is no time zone; write Asia/Shanghai or +08:00"
        raise RequestRefused(400, "bad_parameter", detail, field="zone") from None
