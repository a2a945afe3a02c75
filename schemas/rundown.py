"""A rundown as people write it in a spreadsheet: headings in Chinese or English, in any order.

Pure: it takes a table of texts and gives slots, or every problem at once by row and column.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, get_type_hints

from msgspec import ValidationError, convert

from schemas.broadcasts import LONGEST_WORDS, Broadcast, Slot, Text
from schemas.rundown_times import duration_ms, say_length, time_ms

HEADINGS: dict[str, tuple[str, ...]] = {
    "id": ("id", "slot", "编号", "序号", "no", "number"),
    "group": ("group", "组", "组别", "分组"),
    "unit": ("unit", "department", "township", "单位", "部门", "乡镇"),
    "presenter_zh": ("presenter", "presenter zh", "name", "姓名", "主讲人", "述职人", "汇报人"),
    "presenter_en": ("presenter en", "name en", "英文姓名", "主讲人英文"),
    "title_zh": ("title", "title zh", "topic", "标题", "题目", "职务"),
    "title_en": ("title en", "英文标题", "题目英文"),
    "kind": ("kind", "type", "类型"),
    "planned_at": ("planned start", "start", "planned", "开始时间", "计划开始", "时间"),
    "allotted_ms": ("allotted", "duration", "minutes", "时长", "限时"),
    "warning_ms": ("warning", "提醒", "提前提醒"),
    "deck": ("deck", "slides", "课件", "幻灯片"),
}
KNOWN = {name: key for key, names in HEADINGS.items() for name in names}
# A title, a date and a remark stand above the headings, never more than a page's head
MOST_ABOVE = 10
WRITTEN = (
    "id",
    "group",
    "unit",
    "presenter",
    "presenter en",
    "title",
    "title en",
    "kind",
    "planned start",
    "allotted",
    "warning",
    "deck",
)
BREAKS = {"break", "休息", "茶歇", "中场休息"}
PRESENTATIONS = {"", "presentation", "述职", "汇报"}
# As a slot of a broadcast file that says nothing (schemas.broadcasts.Slot)
ALLOTTED_MS, WARNING_MS = 300_000, 10_000
SHAPES = get_type_hints(Slot, include_extras=True)
BOUNDS = {
    "planned_at": "is no time of our days",
    "allotted_ms": "must be 1 second to 24 hours",
    "warning_ms": "must be at most an hour",
}
# Characters of a wrong cell that are told back: enough to find it; a foreign cell may be long
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong in a cell; rows and columns count from 1, as the spreadsheet shows them.

    `reason` is a word for programs, `value` what stands in the cell.
    """

    row: int
    column: int
    heading: str
    detail: str
    reason: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a rundown is read against: the broadcast, and the evening's first day and time zone."""

    broadcast: Broadcast
    day: datetime

    @property
    def zone(self) -> tzinfo | None:
        """The time zone that bare times are meant in."""
        return self.day.tzinfo


def read(table: Sequence[Sequence[str]], sheet: Sheet) -> list[Slot] | list[RowProblem]:
    """Read a table; a title may stand above the headings, and these again on every page."""
    rows = [(number, [_cut(cell) for cell in row]) for number, row in enumerate(table, 1)]
    rows = _from_headings([(number, row) for number, row in rows if any(row)])
    if not rows:
        detail = "the table is empty: the first row must hold the headings"
        return [RowProblem(1, 1, "", detail, "empty_table")]
    columns, problems = _columns(*rows[0])
    rows = [(number, row) for number, row in rows if row != rows[0][1]]
    slots: list[Slot] = []
    for number, row in rows:
        reader = _Reader(number, row, columns, sheet, problems)
        slots.append(reader.slot(len(slots) + 1))
    problems += _repeated(rows, slots, columns)
    return problems or slots


def _cut(cell: str) -> str:
    """Leave out of a cell what is too long to be quoted, but not what makes it too long."""
    return cell.strip()[: LONGEST_WORDS + 1]


def _from_headings(rows: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """Leave out what stands above the headings: the first row with at least two known ones."""
    for place, (_, row) in enumerate(rows[:MOST_ABOVE]):
        if sum(_plain(cell) in KNOWN for cell in row) > 1:
            return rows[place:]
    return rows


def _columns(number: int, row: Sequence[str]) -> tuple[dict[str, int], list[RowProblem]]:
    columns: dict[str, int] = {}
    problems: list[RowProblem] = []
    for column, heading in enumerate(row):
        key = KNOWN.get(_plain(heading))
        if not heading:
            continue
        if key is None:
            detail = f"unknown heading; known are {', '.join(WRITTEN)} (or their Chinese names)"
            wrong = RowProblem(number, column + 1, heading, detail, "unknown_heading", heading)
            problems.append(wrong)
        elif key in columns:
            detail = "this heading stands twice"
            wrong = RowProblem(number, column + 1, heading, detail, "heading_twice", heading)
            problems.append(wrong)
        else:
            columns[key] = column
    if "unit" not in columns:
        detail = "there is no column for the unit (单位)"
        problems.append(RowProblem(number, 1, "unit", detail, "no_unit_column"))
    return columns, problems


def _plain(heading: str) -> str:
    without_unit = re.sub(r"[(（].*?[)）]", "", heading)
    return re.sub(r"[\s_-]+", " ", without_unit).strip().lower()


def _repeated(
    rows: Sequence[tuple[int, Sequence[str]]], slots: Sequence[Slot], columns: dict[str, int]
) -> list[RowProblem]:
    seen: set[str] = set()
    problems: list[RowProblem] = []
    for (number, _), slot in zip(rows, slots, strict=True):
        if slot.id in seen:
            column = columns.get("id", 0) + 1
            detail = f"{slot.id} stands twice"
            problems.append(RowProblem(number, column, "id", detail, "twice", slot.id))
        seen.add(slot.id)
    return problems


@dataclass(slots=True)
class _Reader:
    number: int
    row: Sequence[str]
    columns: dict[str, int]
    sheet: Sheet
    problems: list[RowProblem]

    def slot(self, place: int) -> Slot:
        kind = self._kind()
        is_break = kind == "break"
        slot = Slot(
            id=self._id(place),
            group=None if is_break else self._known("group", self.sheet.broadcast.groups),
            unit=None if is_break else self._known("unit", self.sheet.broadcast.units),
            presenter=self._text("presenter"),
            title=self._text("title"),
            kind="break" if is_break else "presentation",
            planned_at=self._read("planned_at", self._time, None),
            allotted_ms=self._read("allotted_ms", duration_ms, ALLOTTED_MS),
            warning_ms=self._read("warning_ms", duration_ms, WARNING_MS),
            deck=self._words("deck") or None,
        )
        if slot.warning_ms >= slot.allotted_ms and not self._is_wrong:
            key = "warning_ms" if self._cell("warning_ms") else "allotted_ms"
            self._wrong(key, "the warning must be shorter than the slot", "warning_length")
        return slot

    @property
    def _is_wrong(self) -> bool:
        return any(problem.row == self.number for problem in self.problems)

    def _cell(self, key: str) -> str:
        column = self.columns.get(key)
        return self.row[column] if column is not None and column < len(self.row) else ""

    def _wrong(self, key: str, detail: str, reason: str) -> None:
        column, heading = self.columns.get(key, 0) + 1, HEADINGS[key][0]
        value = self._cell(key)[:MOST_SHOWN]
        wrong = RowProblem(self.number, column, heading, detail, reason, value)
        self.problems.append(wrong)

    def _read(self, key: str, parse: Callable[[str], Any], absent: Any) -> Any:
        cell = self._cell(key)
        if not cell:
            return absent
        try:
            return convert(parse(cell), SHAPES[key])
        except ValueError as error:
            detail = str(error)
        except ValidationError:
            detail = f"{cell!r} {BOUNDS[key]}"
        self._wrong(key, detail, "not_a_time" if key == "planned_at" else "not_a_length")
        return absent

    def _kind(self) -> str:
        cell = self._cell("kind").lower()
        if cell in BREAKS:
            return "break"
        if cell not in PRESENTATIONS:
            detail = f"{cell!r} is neither a presentation nor a break (休息)"
            self._wrong("kind", detail, "unknown_kind")
        return "presentation"

    def _id(self, place: int) -> str:
        cell = self._cell("id").lower().removesuffix(".0")
        name = f"s{cell or place}" if cell.isdecimal() or not cell else cell
        if not re.fullmatch(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?", name):
            self._wrong("id", f"{cell!r}: use small letters, digits and - . _", "bad_id")
        return name

    def _known(self, key: str, entries: Sequence[Any]) -> str | None:
        cell = self._cell(key)
        if not cell and key == "group" and len(entries) == 1:
            return entries[0].id
        found = next((entry.id for entry in entries if cell and cell in _names(entry)), None)
        if found is None and cell:
            self._wrong(key, f"no such {key} in the broadcast: {cell!r}", f"unknown_{key}")
        elif found is None:
            self._wrong(key, "is missing", f"missing_{key}")
        return found

    def _text(self, key: str) -> Text | None:
        words = Text(zh=self._words(f"{key}_zh"), en=self._words(f"{key}_en"))
        return words if words.zh or words.en else None

    def _words(self, key: str) -> str:
        cell = self._cell(key)
        if len(cell) > LONGEST_WORDS:
            self._wrong(key, f"has more than {LONGEST_WORDS} characters", "too_long")
        return cell

    def _time(self, cell: str) -> int:
        return time_ms(cell, self.sheet.day)


def _names(entry: Any) -> set[str]:
    words = entry.title if hasattr(entry, "title") else entry.name
    names = {entry.id, words.zh, words.en, *getattr(entry, "aliases", ())}
    if hasattr(entry, "number"):
        names.add(str(entry.number))
    return names - {""}


def written(slots: Sequence[Slot], sheet: Sheet) -> list[list[str]]:
    """Write slots as a table that reads back as the same slots."""
    return [list(WRITTEN), *(_row(slot, sheet) for slot in slots)]


def _row(slot: Slot, sheet: Sheet) -> list[str]:
    presenter, title = slot.presenter or Text(), slot.title or Text()
    planned = ""
    if slot.planned_at is not None:
        at = datetime.fromtimestamp(slot.planned_at / 1_000, sheet.zone)
        planned = at.isoformat(timespec="milliseconds" if slot.planned_at % 1_000 else "seconds")
    return [
        slot.id,
        slot.group or "",
        slot.unit or "",
        presenter.zh,
        presenter.en,
        title.zh,
        title.en,
        slot.kind,
        planned,
        say_length(slot.allotted_ms),
        say_length(slot.warning_ms),
        slot.deck or "",
    ]
