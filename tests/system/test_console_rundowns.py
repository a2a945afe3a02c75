"""Rundowns from spreadsheets, and back, through the console and a worker."""

import asyncio
import datetime
from collections.abc import AsyncIterator, Iterator
from io import BytesIO

import httpx
import pytest
from xlsxwriter import Workbook

from dashboards.api.rundowns.spreadsheets import CSV, XLSX
from schemas.addresses import KafkaAddress
from streams.log.kafka import KafkaLog
from streams.log.topics import ensure_topics
from tests.support.broker import shared_log
from tests.support.console import Checked, bearer, running_console
from tests.support.workers import workers_of

START, FINISH = {"command": "start_presentation"}, {"command": "finish_presentation"}
PATH = "/api/broadcasts/county/rundown"
FILE = """
id: county
title: {zh: 县}
units:
  - {id: housing, number: 1, kind: department, name: {zh: 住建局, en: Housing}}
  - {id: water, number: 2, kind: department, name: {zh: 水务局, en: Water}}
groups: [{id: heads, title: {zh: 局长}}]
panels: [{id: leaders, title: {zh: 领导}}]
formulas:
  - {id: presentation, version: 1, kind: presentation, criteria: [{id: results, max: 100}],
     panels: {leaders: 100}}
"""
TABLE = """述职大会安排表,,,
单位,姓名,开始时间,时长
住建局,王伟,19:30,5:00
,,19:35,10分钟
水务局,李娜,19:45,5
"""
WITH_BREAK = TABLE.replace("单位,姓名", "类型,单位,姓名").replace("住建局", ",住建局")
WITH_BREAK = WITH_BREAK.replace(",,19:35", "休息,,,19:35").replace("水务局", ",水务局")


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaAddress]:
    address = shared_log()
    asyncio.run(ensure_topics(KafkaLog(address)))
    with workers_of(address, tmp_path_factory.mktemp("workers")) as workers:
        workers.start()
        yield address


@pytest.fixture
async def console(log: KafkaAddress) -> AsyncIterator[Checked]:
    async with running_console(log) as running:
        answer = await running.post("/api/broadcasts", content=FILE)
        assert answer.status_code in (200, 201), answer.text
        yield running
        empty = await running.post(PATH, json={"slots": []})
        assert empty.status_code == 200, empty.text


async def put(
    console: Checked, body: bytes | str, kind: str = CSV, query: str = "", path: str = PATH
) -> httpx.Response:
    address = f"{path}?zone=%2B08:00{query}"
    return await console.post(address, content=body, headers={"Content-Type": kind})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
async def test_a_chinese_table_is_read_as_excel_saves_it(console: Checked, encoding: str) -> None:
    answer = await put(console, WITH_BREAK.encode(encoding), query="&day=2026-12-01")
    assert answer.status_code == 200, answer.text
    first, pause, last = answer.json()["slots"]
    assert (first["unit"], first["allotted_ms"], first["presenter"]["zh"]) == (
        "housing",
        300_000,
        "王伟",
    )
    at = datetime.datetime.fromisoformat("2026-12-01T19:30+08:00")
    assert first["planned_at"] == at.timestamp() * 1_000
    assert (pause["kind"], pause["allotted_ms"]) == ("break", 600_000)
    assert last["unit"] == "water"


async def test_what_is_wrong_is_told_by_row_and_column_and_nothing_changes(
    console: Checked,
) -> None:
    table = "单位,时长,颜色\n渔业局,soon,\n水务局,5,\n"
    answer = await put(console, table)
    assert answer.status_code == 400
    error = answer.json()
    assert error["error"]["reason"] == "invalid_rundown"
    assert [(entry["line"], entry["field"][:8]) for entry in error["errors"]] == [
        (1, "column C"),
        (2, "column A"),
        (2, "column B"),
    ]
    assert [(entry["reason"], entry["value"]) for entry in error["errors"]] == [
        ("unknown_heading", "颜色"),
        ("unknown_unit", "渔业局"),
        ("not_a_length", "soon"),
    ]
    assert (await console.get(f"{PATH}?format=json")).json()["slots"] == []


async def test_a_spreadsheet_with_times_as_people_type_them_is_read(console: Checked) -> None:
    packed = BytesIO()
    with Workbook(packed) as book:
        sheet, clock = book.add_worksheet(), book.add_format({"num_format": "h:mm"})
        book.add_worksheet("empty")
        sheet.write_row(0, 0, ["编号", "单位", "开始时间", "时长", "提醒"])
        sheet.write_row(1, 0, [1, "住建局"])
        sheet.write_datetime(1, 2, datetime.time(19, 30), clock)
        sheet.write_datetime(1, 3, datetime.time(5, 0), clock)
        sheet.write(1, 4, "10s")
        sheet.write_row(2, 0, [2, 2, "19:35", 4])
    answer = await put(console, packed.getvalue(), XLSX, "&day=2026-12-01")
    assert answer.status_code == 200, answer.text
    first, second = answer.json()["slots"]
    assert (first["id"], first["allotted_ms"], first["warning_ms"]) == ("s1", 300_000, 10_000)
    assert (second["id"], second["unit"], second["allotted_ms"]) == ("s2", "water", 240_000)
    assert second["planned_at"] - first["planned_at"] == 300_000


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
async def test_an_export_read_back_changes_nothing(console: Checked, kind: str) -> None:
    loaded = await put(console, WITH_BREAK, query="&day=2026-12-01")
    export = await console.get(f"{PATH}?format={kind}")
    assert f".{kind}" in export.headers["content-disposition"]
    again = await put(console, export.content, {"csv": CSV, "xlsx": XLSX}[kind])
    assert (again.status_code, again.json()["changes"]) == (200, [])
    assert again.json()["slots"] == loaded.json()["slots"]


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "application/octet-stream"]
)
async def test_a_file_is_known_by_its_first_bytes(console: Checked, kind: str) -> None:
    await put(console, WITH_BREAK)
    for export in ("csv", "xlsx"):
        content = (await console.get(f"{PATH}?format={export}")).content
        assert (await put(console, content, kind)).json()["changes"] == []


@pytest.mark.parametrize(
    ("accept", "kind"),
    [("*/*", CSV), ("application/json", "application/json"), (XLSX, XLSX), ("text/csv", CSV)],
)
async def test_an_export_is_what_the_asker_accepts(
    console: Checked, accept: str, kind: str
) -> None:
    answer = await console.get(PATH, headers={"Accept": accept})
    assert answer.headers["content-type"].startswith(kind)


async def test_a_dry_run_says_what_would_change_and_changes_nothing(console: Checked) -> None:
    answer = await put(console, TABLE.replace(",,19:35,10分钟\n", ""), query="&dry_run=true")
    assert answer.json()["changes"] == ["slot s1 added", "slot s2 added"]
    assert answer.json()["slots"] == []


async def test_what_is_on_or_done_stays_and_the_rest_may_move(console: Checked) -> None:
    file = FILE
    for name in ("county", "housing", "water", "heads"):
        file = file.replace(f"id: {name}", f"id: {name}2")
    assert (await console.post("/api/broadcasts", content=file)).status_code == 201
    path = PATH.replace("county", "county2")
    table = WITH_BREAK.replace("述职大会安排表,,,\n类型", "编号,类型").replace(
        "\n休息", "\nb2,休息"
    )
    table = table.replace("\n,住建局", "\nb1,,住建局").replace("\n,水务局", "\nb3,,水务局")
    slots = (await put(console, table, path=path)).json()["slots"]
    started = await console.post(path.replace("rundown", "commands"), json=START)
    assert started.status_code == 200, started.text
    etag = started.headers["etag"]
    for wrong, word in (
        (slots[1:], "cannot be removed"),
        ([slots[0] | {"allotted_ms": 60_000}, *slots[1:]], "cannot be changed"),
    ):
        for query in ("", "?dry_run=true"):
            refused = await console.post(path + query, json={"slots": wrong})
            assert refused.status_code == 409, refused.text
            assert word in refused.json()["error"]["detail"]
    order = {"slots": [slots[0], slots[2], slots[1]], "reason": "he is late"}
    moved = await console.post(path, json=order, headers={"If-Match": etag})
    assert moved.json()["changes"] == ["slots are in another order"]
    late = await console.post(path, json={"slots": slots}, headers={"If-Match": etag})
    assert late.status_code == 412
    renamed = await console.post("/api/broadcasts", content=file.replace("水务局", "水利局"))
    assert renamed.status_code == 200, renamed.text
    assert (await console.get(f"{path}?format=json")).json()["slots"] == moved.json()["slots"]
    retired = await console.post("/api/broadcasts/county2/retire")
    assert (retired.status_code, retired.json()["error"]["reason"]) == (409, "on_air")
    other = await console.post("/api/broadcasts", content=file + "slots: [{id: x1, kind: break}]")
    assert other.json()["error"]["reason"] == "would_change_the_past"
    await console.post(path.replace("rundown", "commands"), json=FINISH)
    held = await console.post(path, json={"slots": []})
    assert [entry["reason"] for entry in held.json()["errors"]] == ["done_removed", "held"]
    assert "ids of their own" in held.json()["error"]["detail"]
    assert (await console.post("/api/broadcasts/county2/retire")).status_code == 200


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        (b"PK\x03\x04 no zip", XLSX, "not_a_table"),
        (b"\xff\xff\x81", CSV, "not_a_table"),
        (b"", CSV, "invalid_rundown"),
        (b"{", "application/json", "invalid_rundown"),
        (b'{"slots": [{"id": "A B"}]}', "application/json", "invalid_rundown"),
        (b'{"slots": ' + b"[" * 50_000, "application/json", "invalid_rundown"),
        (b"x", "application/pdf", "content_type"),
    ],
)
async def test_what_is_no_rundown_is_refused_with_what_to_do(
    console: Checked, body: bytes, kind: str, reason: str
) -> None:
    answer = await put(console, body, kind)
    assert (answer.status_code, answer.json()["error"]["reason"]) == (400, reason)


async def test_a_wrong_content_type_is_told_which_ones_are_right(console: Checked) -> None:
    detail = (await put(console, b"x", "application/pdf")).json()["error"]["detail"]
    assert detail == f"say the Content-Type: application/json, {CSV}, or {XLSX}"


async def test_what_is_more_than_the_log_takes_at_once_is_refused(console: Checked) -> None:
    words = {"zh": "长" * 200, "en": "长" * 200}
    slot: dict[str, object] = {"kind": "break", "presenter": words, "title": words}
    slots = [slot | {"id": f"long{number}"} for number in range(450)]
    answer = await console.post(PATH, json={"slots": slots})
    assert (answer.status_code, answer.json()["error"]["reason"]) == (413, "too_large")


async def test_only_an_operator_changes_a_rundown(console: Checked) -> None:
    for role in ("evaluator", "moderator", "analyst", "stage"):
        answer = await console.post(PATH, json={"slots": []}, headers=bearer(role))
        assert answer.status_code == 403
    assert (await console.get("/api/broadcasts/nobody/rundown")).status_code == 404
