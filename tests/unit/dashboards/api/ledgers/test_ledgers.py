import csv
import io

from msgspec.structs import replace

from dashboards.api.ledgers.routes import written
from schemas.broadcasts import Text
from schemas.ledgers import Cut, Ledger, LedgerRow

ROW = LedgerRow(
    slot="s1",
    group="g",
    unit="housing",
    presenter=Text(zh="李", en="=HYPERLINK()"),
    title=None,
    status="done",
    allotted_ms=300_000,
    used_ms=299_500,
    paused_ms=0,
    added_ms=-500,
    overtime_ms=0,
    started_at=1_790_000_000_000,
    warning_planned_at=1_790_000_290_000,
    warned_at=1_790_000_290_004,
    ends_at=1_790_000_299_500,
    finished_at=None,
    cut={"air": Cut(10, 11, None, 3), "hall": Cut(10, 11, 30, 1)},
    unequal=["added", "cut_unconfirmed"],
)


def table(*rows: LedgerRow) -> list[dict[str, str]]:
    text = written(Ledger("county", 0, list(rows))).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_each_device_has_a_line() -> None:
    air, hall = table(ROW)
    assert (air["device"], air["cut_confirmed_at"], air["cut_late_ms"]) == ("air", "", "")
    assert (hall["device"], hall["cut_late_ms"], hall["cut_attempts"]) == ("hall", "20", "1")
    assert (hall["used_s"], hall["added_s"]) == ("299.500", "-0.500")
    assert hall["started_at"] == "2026-09-21T14:13:20.000+00:00"
    assert hall["warning_planned_at"] == "2026-09-21T14:18:10.000+00:00"
    assert hall["warned_at"] == "2026-09-21T14:18:10.004+00:00"
    assert hall["unequal"] == "added cut_unconfirmed"


def test_no_name_is_a_formula_for_a_spreadsheet() -> None:
    assert table(ROW)[0]["presenter_en"] == "'=HYPERLINK()"


def test_a_presentation_without_a_device_has_a_line_too() -> None:
    [line] = table(replace(ROW, cut={}))
    assert (line["slot"], line["device"]) == ("s1", "")
