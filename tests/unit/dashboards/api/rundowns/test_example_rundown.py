from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from dashboards.api.rundowns.spreadsheets import Table, read_csv, read_xlsx
from schemas.broadcasts import Broadcast, Slot
from schemas.rundown import Sheet, read

COUNTY = Path(__file__).parents[5] / "examples" / "county"


@pytest.mark.parametrize(
    ("file", "opened"), [("rundown.csv", read_csv), ("rundown.xlsx", read_xlsx)]
)
def test_the_examples_spreadsheets_are_the_examples_running_order_with_its_times(
    file: str, opened: Callable[[bytes], Table], example: Broadcast
) -> None:
    table = opened((COUNTY / file).read_bytes())
    found = read(table, Sheet(example, datetime(2026, 12, 18, tzinfo=UTC)))
    slots = [slot for slot in found if isinstance(slot, Slot)]
    assert [replace(slot, planned_at=None) for slot in slots] == example.slots
    assert slots[0].planned_at == datetime(2026, 12, 18, 9, tzinfo=UTC).timestamp() * 1_000
