import datetime
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xlsxwriter import Workbook

from dashboards.api.rundowns.spreadsheets import (
    MOST_UNPACKED_BYTES,
    NotATable,
    read_csv,
    read_xlsx,
    write_csv,
    write_xlsx,
)

CELLS = st.text(st.sampled_from("住建局王伟aB1 ,;\"'=+-@\n"), max_size=8).map(str.strip)
TABLES = st.lists(
    st.tuples(st.just("x"), CELLS, CELLS, st.just("y")).map(list), min_size=1, max_size=4
)


@given(TABLES)
def test_a_table_that_is_written_as_csv_reads_back(table: list[list[str]]) -> None:
    assert read_csv(write_csv([["unit", "name", "title", "kind"], *table]))[1:] == table


def test_nothing_that_is_written_as_csv_is_a_formula() -> None:
    cells = ["=1+1", "+1", "-1", "@x", "'=1+1", "'王伟"]
    written = write_csv([cells]).decode("utf-8-sig").strip().split(",")
    assert written == ["'=1+1", "'+1", "'-1", "'@x", "''=1+1", "'王伟"]
    assert read_csv(write_csv([cells])) == [cells]


def test_a_table_that_is_written_as_xlsx_reads_back_and_nothing_in_it_is_a_formula() -> None:
    table = [["unit", "title"], ["住建局", "=1+1"], ["", "05:00"], ["10", "a\nb"]]
    assert read_xlsx(write_xlsx(table)) == table


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_is_read_as_programs_save_it(delimiter: str, encoding: str) -> None:
    text = f"单位{delimiter}姓名\r\n住建局{delimiter}王伟\r\n"
    assert read_csv(text.encode(encoding)) == [["单位", "姓名"], ["住建局", "王伟"]]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("sep=;\r\nunit;title\r\nwater;a, b\r\n", [["unit", "title"], ["water", "a, b"]]),
        ("unit,group\rwater,heads\r", [["unit", "group"], ["water", "heads"]]),
        ('"Order, of; day"\na;b;c\nx;y;z\n', [["Order, of; day"], ["a", "b", "c"], [*"xyz"]]),
        ("a;b\nx, y;z\nv;w\n", [["a", "b"], ["x, y", "z"], ["v", "w"]]),
    ],
)
def test_what_parts_the_cells_is_found_out(text: str, wanted: list[list[str]]) -> None:
    table = read_csv(text.encode())
    assert [row for row in table if row != ["Order, of; day"]] == [
        row for row in wanted if row != ["Order, of; day"]
    ]


def test_a_cell_merged_over_rows_stands_in_each_of_them() -> None:
    packed = BytesIO()
    with Workbook(packed) as book:
        sheet = book.add_worksheet()
        sheet.merge_range("B2:D2", "the day")
        sheet.write_row("B3", ["group", "unit", "allotted"])
        sheet.merge_range("B4:B5", "heads")
        sheet.write_column("C4", ["housing", "water"])
        sheet.merge_range("D4:D2000", "5:00")
    table = read_xlsx(packed.getvalue())
    assert not any(map(any, table[5:]))
    assert table[1:5] == [
        ["", "the day", "", ""],
        ["", "group", "unit", "allotted"],
        ["", "heads", "housing", "5:00"],
        ["", "heads", "water", "5:00"],
    ]


def test_an_area_merged_beside_all_that_is_written_says_nothing() -> None:
    packed = BytesIO()
    with Workbook(packed) as book:
        sheet = book.add_worksheet()
        sheet.write_column("A1", ["unit", "housing", "water"])
        sheet.merge_range("F1:G9", "")
    assert read_xlsx(packed.getvalue()) == [["unit"], ["housing"], ["water"]]


def test_no_time_of_writing_is_in_a_file_so_the_same_table_is_the_same_bytes() -> None:
    with ZipFile(BytesIO(write_xlsx([["unit"], ["water"]]))) as packed:
        assert {part.date_time[0] for part in packed.infolist()} == {1980}
        told = packed.read("docProps/core.xml").decode()
    assert told.count("2000-01-01T00:00:00Z") == 2, "made and changed"


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        (datetime.time(5, 0), "5:00"),
        (datetime.time(19, 30), "19:30"),
        (datetime.time(0, 4, 30), "0:04:30"),
        (datetime.timedelta(minutes=5), "0:05:00"),
        (datetime.datetime(2026, 12, 1, 19, 30), "2026-12-01T19:30:00"),  # noqa: DTZ001
        (3, "3"),
        (2.5, "2.5"),
        (True, "True"),
    ],
)
def test_what_is_typed_into_a_spreadsheet_is_said_as_it_was_typed(
    typed: object, wanted: str
) -> None:
    packed = BytesIO()
    with Workbook(packed) as book:
        formats = {
            datetime.time: "h:mm",
            datetime.timedelta: "[h]:mm:ss",
            datetime.datetime: "yyyy-mm-dd hh:mm",
        }
        form = book.add_format({"num_format": formats.get(type(typed), "General")})
        book.add_worksheet().write(0, 0, typed, form)
    assert read_xlsx(packed.getvalue()) == [[wanted]]


def test_an_empty_workbook_is_an_empty_table() -> None:
    packed = BytesIO()
    with Workbook(packed) as book:
        book.add_worksheet()
    assert read_xlsx(packed.getvalue()) == []


def test_what_unpacks_to_too_much_is_refused_before_it_is_unpacked() -> None:
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(MOST_UNPACKED_BYTES + 1))
    with pytest.raises(NotATable, match="too large"):
        read_xlsx(packed.getvalue())


@pytest.mark.parametrize("body", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0 an old .xls"])
def test_what_is_no_workbook_is_refused(body: bytes) -> None:
    with pytest.raises(NotATable):
        read_xlsx(body)


@pytest.mark.parametrize("body", [b"\x00\x01", b"\xff\xfe\x00", b",\n" * 3_000, b"," * 100])
def test_what_is_no_table_is_refused(body: bytes) -> None:
    with pytest.raises(NotATable):
        read_csv(body)
