"""Tables as files: CSV as people save it, and XLSX; read into texts, and written from them."""

import csv
import datetime
import re
from collections import Counter
from collections.abc import Sequence
from io import BytesIO, StringIO
from typing import Any
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineError, CalamineWorkbook
from xlsxwriter import Workbook

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Four times MOST_SLOTS of agents.reducers.rundown_rules, for empty rows; read in 0.03 s (measured)
MOST_ROWS = 2_000
# A rundown has twelve; people keep columns of their own beside them
MOST_COLUMNS = 60
# All rows and columns full, at 250 bytes of XML a cell
MOST_UNPACKED_BYTES = 32 << 20
DELIMITERS = ",;\t"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
AS_TEXT = "'"
MOST_LOOKED_AT = 50  # lines: five times those that may stand above the headings
SEPARATOR = re.compile(r"sep=(.)\r?\n")
"""The first line by which Excel is told, and tells, what parts the cells."""

UTF_16 = (b"\xff\xfe", b"\xfe\xff")
WIDTH = 16  # characters: most names and titles are seen whole
# Any day, so that it is always the same
WRITTEN_AT = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)

Table = list[list[str]]
Merged = tuple[tuple[int, int], tuple[int, int]]
"""The first and the last cell of a merged area, each by row and column from 0."""


class NotATable(ValueError):
    """A file that cannot be read as a table; the text says why, and what to do."""


def read_csv(body: bytes) -> Table:
    """Read CSV: UTF-8, what Excel writes in China (GB18030), or UTF-16; comma, semicolon or tab.

    Raises:
        NotATable: it is text in none of these encodings, or too large.
    """
    text = _text(body)
    if named := SEPARATOR.match(text):
        text = text[named.end() :]
    delimiter = named[1] if named else _delimiter(text)
    try:
        rows = csv.reader(StringIO(text, newline=None), delimiter=delimiter)
        return _bounded([[_meant(cell) for cell in row] for row in rows])
    except csv.Error as error:
        raise NotATable(f"the file is no CSV: {error}") from None


def _delimiter(text: str) -> str:
    """What parts the cells: what most lines have the same number of; a title may stand above."""
    unquoted = re.sub(r'"[^"]*"', "", text)
    lines = [line for line in unquoted.splitlines() if line.strip()][:MOST_LOOKED_AT]

    def agreed(delimiter: str) -> int:
        counts = Counter(line.count(delimiter) for line in lines)
        return max((count * number for number, count in counts.items()), default=0)

    return max(DELIMITERS, key=agreed)


def _text(body: bytes) -> str:
    encodings = ("utf-16",) if body.startswith(UTF_16) else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = body.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise NotATable("the file is neither UTF-8 nor GB18030 text; save it as CSV (UTF-8) or XLSX")


def read_xlsx(body: bytes) -> Table:
    """Read the first sheet of an XLSX file that holds something.

    Raises:
        NotATable: it is no such file, or too large.
    """
    _check_size(body)
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(body))
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            rows = sheet.to_python(skip_empty_area=False, nrows=MOST_ROWS + 1)
            if rows:
                table = _bounded([[_cell(cell) for cell in row] for row in rows])
                return _filled_down(table, sheet.merged_cell_ranges or [])
    except NotATable:
        raise
    except (CalamineError, OSError, ValueError) as error:
        raise NotATable(f"the file is no XLSX that can be read: {error}") from None
    return []


def _filled_down(table: Table, merged: Sequence[Merged]) -> Table:
    """A cell that was merged over several rows stands in each of them that holds more.

    An area that is merged beside all that is written says nothing.
    """
    for (top, left), (bottom, _) in merged:
        for row in filter(any, table[top + 1 : bottom + 1]):
            if left < len(row):
                row[left] = table[top][left]
    return table


def _check_size(body: bytes) -> None:
    try:
        with ZipFile(BytesIO(body)) as packed:
            size = sum(part.file_size for part in packed.infolist())
    except BadZipFile:
        raise NotATable("the file is no XLSX; save it as .xlsx or .csv") from None
    if size > MOST_UNPACKED_BYTES:
        raise NotATable("the file is too large when unpacked; keep only the rundown in it")


def _bounded(table: Table) -> Table:
    if len(table) > MOST_ROWS or any(len(row) > MOST_COLUMNS for row in table):
        raise NotATable(f"a rundown has at most {MOST_ROWS} rows and {MOST_COLUMNS} columns")
    return table


def _cell(value: Any) -> str:
    """Say a cell as text; a length of time typed as `5:00` is meant as minutes and seconds.

    A spreadsheet takes `5:00` for five o'clock and `19:30` for half past seven: both are written
    as they were typed, and the column says which is meant.
    """
    match value:
        case float() if value.is_integer():
            return str(int(value))
        case datetime.datetime():
            return value.isoformat(sep="T", timespec="seconds")
        case datetime.time():
            return _clock(value.hour, value.minute, value.second)
        case datetime.timedelta():
            minutes, seconds = divmod(round(value.total_seconds()), 60)
            return _clock(*divmod(minutes, 60), seconds)
        case _:
            return str(value)


def _clock(hours: int, minutes: int, seconds: int) -> str:
    return (
        f"{hours}:{minutes:02d}:{seconds:02d}" if seconds or not hours else f"{hours}:{minutes:02d}"
    )


def plain(cell: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return AS_TEXT + cell if cell.lstrip(AS_TEXT).startswith(FORMULA) else cell


def _meant(cell: str) -> str:
    return cell[len(AS_TEXT) :] if plain(cell) != cell and cell.startswith(AS_TEXT) else cell


def write_csv(table: Sequence[Sequence[str]]) -> bytes:
    """Write CSV that spreadsheets open as UTF-8, and `read_csv` reads as the same."""
    text = StringIO()
    csv.writer(text).writerows([plain(cell) for cell in row] for row in table)
    return text.getvalue().encode("utf-8-sig")


def write_xlsx(table: Sequence[Sequence[str]]) -> bytes:
    """Write an XLSX file of one sheet, all texts, its headings kept in sight.

    The same table is the same bytes.
    """
    packed = BytesIO()
    with Workbook(packed, {"in_memory": True, "strings_to_formulas": False}) as book:
        book.set_properties({"created": WRITTEN_AT})
        sheet = book.add_worksheet("rundown")
        bold = book.add_format({"bold": True})
        for number, row in enumerate(table):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, cell, None if number else bold)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, MOST_COLUMNS, WIDTH)
    return packed.getvalue()
