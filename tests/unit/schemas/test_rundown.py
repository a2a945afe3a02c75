from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.broadcasts import Broadcast, Group, Slot, Text, Unit
from schemas.rundown import RowProblem, Sheet, read, written
from schemas.rundown_times import duration_ms, time_ms

CHINA = timezone(timedelta(hours=8))
DAY = datetime(2026, 12, 1, 18, 0, tzinfo=CHINA)
COUNTY = Broadcast(
    id="county",
    title=Text(zh="县"),
    units=[
        Unit(id="housing", number=1, kind="department", name=Text("住建局", "Housing Bureau")),
        Unit(id="water", number=2, kind="department", name=Text("水务局", "Water Bureau")),
    ],
    groups=[Group(id="heads", title=Text("局长", "Heads"))],
)
SHEET = Sheet(COUNTY, DAY)


def test_chinese_headings_in_any_order_are_read() -> None:
    table = [["单位", "姓名", "时长（分钟）", "计划开始"], ["住建局", "王伟", "5", "19：30"]]
    assert read(table, SHEET) == [
        Slot(
            id="s1",
            group="heads",
            unit="housing",
            presenter=Text(zh="王伟"),
            planned_at=round(datetime(2026, 12, 1, 19, 30, tzinfo=CHINA).timestamp() * 1000),
        )
    ]


def test_every_problem_is_said_at_once_by_row_and_column() -> None:
    table = [
        ["Unit", "Allotted", "Colour"],
        ["Fishery", "soon", ""],
        ["", "", ""],
        ["2", "5:00", ""],
    ]
    found = read(table, SHEET)
    assert [
        (problem.row, problem.column) for problem in found if isinstance(problem, RowProblem)
    ] == [
        (1, 3),
        (2, 1),
        (2, 2),
    ]


def test_each_problem_has_a_word_and_what_was_written() -> None:
    table = [
        ["unit", "group", "start", "allotted", "warning", "id", "kind"],
        ["Fishery", "choir", "25:61", "soon", "", "A B", "song"],
        ["2", "", "", "0:20", "0:30", "", ""],
        ["", "", "", "5 s", "", "s2", ""],
    ]
    found = [each for each in read(table, SHEET) if isinstance(each, RowProblem)]
    assert [(each.row, each.column, each.reason, each.value) for each in found] == [
        (2, 7, "unknown_kind", "song"),
        (2, 6, "bad_id", "A B"),
        (2, 2, "unknown_group", "choir"),
        (2, 1, "unknown_unit", "Fishery"),
        (2, 3, "not_a_time", "25:61"),
        (2, 4, "not_a_length", "soon"),
        (3, 5, "warning_length", "0:30"),
        (4, 1, "missing_unit", ""),
        (4, 6, "twice", "s2"),
    ]


def test_a_break_needs_no_unit() -> None:
    (slot,) = read([["unit", "kind", "allotted"], ["", "休息", "10 min"]], SHEET)
    assert isinstance(slot, Slot)
    assert (slot.kind, slot.allotted_ms) == ("break", 600_000)


def test_an_empty_table_says_what_is_needed() -> None:
    (problem,) = read([["", ""]], SHEET)
    assert isinstance(problem, RowProblem)
    assert "headings" in problem.detail


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("5:00", 300_000),
        ("5", 300_000),
        ("90s", 90_000),
        ("4分钟", 240_000),
        ("1:00:00", 3_600_000),
        ("５：００", 300_000),
        ("5分30秒", 330_000),
        ("5 mins", 300_000),
        ("5m30s", 330_000),
        ("5′30″", 330_000),
        ("10 秒钟", 10_000),
        ("1小时5分", 3_900_000),
        ("2.5", 150_000),
    ],
)
def test_lengths_are_read_as_people_write_them(cell: str, wanted: int) -> None:
    assert duration_ms(cell) == wanted


def test_a_time_without_a_zone_is_meant_in_the_evenings_zone() -> None:
    assert time_ms("2026-12-01T19:30", DAY) == time_ms("2026-12-01T11:30+00:00", DAY)
    assert time_ms("19:30", DAY) == time_ms("2026-12-01 19:30", DAY)


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("19：30", "2026-12-01T19:30"),
        ("7:30 PM", "2026-12-01T19:30"),
        ("12:05 am", "2026-12-01T00:05"),
        ("12:05 pm", "2026-12-01T12:05"),
        ("上午9:30", "2026-12-01T09:30"),
        ("下午 2:30", "2026-12-01T14:30"),
        ("下午14:30", "2026-12-01T14:30"),
        ("中午12点", "2026-12-01T12:00"),
        ("14点30分", "2026-12-01T14:30"),
        ("14时05", "2026-12-01T14:05"),
        ("2026/12/18 9:30", "2026-12-18T09:30"),
        ("2026年12月18日 下午2:30", "2026-12-18T14:30"),
        ("2026-12-18T09:30:00.5Z", "2026-12-18T17:30:00.5"),
    ],
)
def test_times_are_read_as_people_write_them(cell: str, wanted: str) -> None:
    assert time_ms(cell, DAY) == datetime.fromisoformat(f"{wanted}+08:00").timestamp() * 1_000


@pytest.mark.parametrize(
    "cell", ["25:99", "", "24点", "下午", "2026-13-01 9:30", "9:5", "soon", "20:00 am", "晚上12点"]
)
def test_a_time_that_is_none_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="no time"):
        time_ms(cell, DAY)


@pytest.mark.parametrize("cell", ["soon", "-5", "", "5 apples", "5'5'", "s"])
def test_a_length_that_is_none_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="no length"):
        duration_ms(cell)


def test_headings_that_come_again_on_the_next_page_are_no_slot() -> None:
    headings = ["单位", "姓名"]
    slots = read([headings, ["住建局", "王伟"], headings, ["水务局", "李娜"]], SHEET)
    assert [slot.id for slot in slots if isinstance(slot, Slot)] == ["s1", "s2"]


SLOTS = st.lists(
    st.builds(
        Slot,
        id=st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True),
        group=st.just("heads"),
        unit=st.sampled_from(["housing", "water"]),
        presenter=st.sampled_from([None, Text("王伟", "Wang Wei"), Text(en="Li Na")]),
        title=st.sampled_from([None, Text("局长")]),
        planned_at=st.none() | st.integers(10**12, 2 * 10**12),
        allotted_ms=st.integers(60_001, 86_400_000),
        warning_ms=st.integers(0, 60_000),
        deck=st.sampled_from([None, "a.pdf"]),
    ),
    max_size=4,
    unique_by=lambda slot: slot.id,
)


@given(SLOTS)
def test_what_is_written_reads_back_as_the_same_slots(slots: list[Slot]) -> None:
    sheet = Sheet(COUNTY, datetime(2026, 12, 1, tzinfo=UTC))
    assert read(written(slots, sheet), sheet) == slots


@pytest.mark.parametrize(
    ("heading", "cell", "reason"),
    [
        ("title", "长" * 201, "too_long"),
        ("presenter en", "x" * 100_000, "too_long"),
        ("deck", "d" * 201, "too_long"),
        ("start", "0001-01-01", "not_a_time"),
        ("start", "1960-01-01T00:00", "not_a_time"),
        ("start", "9999-12-31T23:59:59-14:00", "not_a_time"),
        ("allotted", "0.5 s", "not_a_length"),
        ("allotted", "2000", "not_a_length"),
        ("allotted", "9" * 400, "not_a_length"),
        ("allotted", f"{'9' * 5_000}:00", "not_a_length"),
        ("warning", "61", "not_a_length"),
    ],
)
def test_what_no_slot_can_hold_is_told_by_its_cell(heading: str, cell: str, reason: str) -> None:
    table = [["unit", "allotted", "warning"], ["2", "90", "0"]]
    column = table[0].index(heading) if heading in table[0] else len(table[0])
    table = [[*table[0][:column], heading, *table[0][column + 1 :]], [*table[1], ""]]
    table[1][column] = cell
    (problem,) = read(table, SHEET)
    assert isinstance(problem, RowProblem)
    assert (problem.column, problem.reason) == (column + 1, reason)
    assert len(problem.value) + len(problem.detail) < 600


def test_a_title_may_stand_above_the_headings() -> None:
    table = [["述职大会安排表", "", ""], ["", "", ""], ["单位", "姓名", ""], ["水务局", "李娜", ""]]
    (slot,) = read(table, SHEET)
    assert isinstance(slot, Slot)
    assert slot.unit == "water"


def test_a_problem_below_a_title_is_told_in_the_row_that_the_spreadsheet_shows() -> None:
    (problem,) = read([["标题"], ["单位", "姓名"], ["渔业局", "李娜"]], SHEET)
    assert isinstance(problem, RowProblem)
    assert (problem.row, problem.column) == (3, 1)
