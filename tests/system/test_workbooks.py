"""Spreadsheets that would end whoever reads them, read in a process of their own."""

from io import BytesIO
from zipfile import ZipFile

import pytest
from xlsxwriter import Workbook

from dashboards.api.rundowns.spreadsheets import NotATable, write_xlsx
from dashboards.api.rundowns.workbooks import TOO_LARGE, read_workbook

LAST_ROW, LAST_COLUMN = 1_048_575, 16_383


async def test_a_spreadsheet_is_read_apart() -> None:
    table = [["unit", "title"], ["住建局", "=1+1"]]
    assert await read_workbook(write_xlsx(table)) == table


async def test_a_cell_far_away_from_all_others_ends_only_who_reads_it() -> None:
    packed = BytesIO()
    with Workbook(packed) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "unit")
        sheet.write(LAST_ROW, LAST_COLUMN, "x")
    with pytest.raises(NotATable, match=TOO_LARGE):
        await read_workbook(packed.getvalue())


async def test_a_row_that_no_sheet_has_ends_only_who_reads_it() -> None:
    packed, changed = BytesIO(write_xlsx([["unit"]])), BytesIO()
    with ZipFile(packed) as source, ZipFile(changed, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            target.writestr(name, part.replace(b'r="A1"', b'r="ZZZZZZZZ99999999999"'))
    with pytest.raises(NotATable):
        await read_workbook(changed.getvalue())


async def test_what_is_no_spreadsheet_is_refused_as_it_says() -> None:
    with pytest.raises(NotATable, match="is no XLSX"):
        await read_workbook(b"PK\x03\x04 no zip")
