"""What is checked before a presentation day, as the console answers it."""

from typing import Literal

from msgspec import Struct

from schemas.ids import Id, Millis

CheckName = Literal["decks", "evaluators", "devices", "screens", "clocks"]
CheckState = Literal["ok", "note", "fail"]
Reason = Literal[
    "no_deck",
    "nobody_asked",
    "no_device",
    "stage_away",
    "device_silent",
    "simulated",
    "screen_behind",
    "screen_silent",
    "push_away",
    "clock_off",
    "clock_unsure",
]


class PreflightProblem(Struct, frozen=True):
    """What is missing or wrong, of which slot, device, address or screen, and what to do."""

    subject: str
    reason: Reason
    detail: str


class PreflightCheck(Struct, frozen=True):
    """One check: of so many things, these are not as they should be."""

    name: CheckName
    state: CheckState
    count: int
    problems: list[PreflightProblem]


class Preflight(Struct, frozen=True):
    """All checks of a broadcast; `ok` when nothing would fail."""

    broadcast: Id
    at: Millis
    ok: bool
    checks: list[PreflightCheck]
