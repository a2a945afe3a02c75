"""The time ledger, as the console answers it: one row a presentation, in running order."""

from typing import Literal

from msgspec import Struct

from schemas.broadcasts import Text
from schemas.ids import Id, Millis

Unequal = Literal[
    "allotted",
    "added",
    "paused",
    "warning_missing",
    "warning_late",
    "cut_late",
    "cut_unconfirmed",
    "opened_again",
]
LedgerStatus = Literal["waiting", "on", "done", "skipped"]


class Cut(Struct, frozen=True):
    """When a device was to be off, was told so, and read back that it is."""

    planned_at: Millis
    sent_at: Millis
    confirmed_at: Millis | None
    attempts: int


class LedgerRow(Struct, frozen=True, kw_only=True):
    """What one presenter got; `unequal` says in which ways it was not what the others got.

    `warning_planned_at` is when the last warning that was given was due, `warned_at` when the stage
    gave it; `cut` has, by device, the cut at the presentation's end.
    """

    slot: Id
    group: Id | None
    unit: Id | None
    presenter: Text | None
    title: Text | None
    status: LedgerStatus
    allotted_ms: int
    used_ms: int | None
    paused_ms: int
    added_ms: int
    overtime_ms: int
    started_at: Millis | None
    warning_planned_at: Millis | None
    warned_at: Millis | None
    ends_at: Millis | None
    finished_at: Millis | None
    cut: dict[str, Cut]
    unequal: list[Unequal]


class Ledger(Struct, frozen=True):
    """A broadcast's ledger, as of its newest fact."""

    broadcast: Id
    as_of: Millis
    rows: list[LedgerRow]
