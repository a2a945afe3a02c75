"""How a broadcast's session stands, whole: what the console answers and push sends on."""

from typing import Literal

from msgspec import Struct

from schemas.broadcasts import Text
from schemas.ids import Id, Millis
from schemas.sessions import SimulatedAs

Playback = Literal["idle", "armed", "running", "paused", "overtime", "finished"]
Phase = Literal["normal", "warning", "danger", "over"]
SlotStatus = Literal["waiting", "armed", "on", "done", "skipped"]
GroupStatus = Literal["waiting", "presenting", "marking", "closed", "revealing", "revealed"]
DeviceStanding = Literal["confirmed", "asked", "silent", "by_hand"]


class DeviceView(Struct, frozen=True, kw_only=True):
    """A microphone as it read back last; `is_open` is null while nobody knows.

    `by_hand_at` is when a hand last changed it, though it may have been put right since.
    `simulated` says how one behaves that is no device at all; of a real one it is null.
    """

    is_open: bool | None
    state: DeviceStanding
    controller: str = ""
    planned_at: Millis | None = None
    sent_at: Millis | None = None
    confirmed_at: Millis | None = None
    attempts: int = 0
    by_hand_at: Millis | None = None
    simulated: SimulatedAs | None = None


class MicrophoneView(Struct, frozen=True, kw_only=True):
    """Whether the presenter is to be heard, and what each device read back."""

    is_open: bool
    devices: dict[str, DeviceView]


class SlotView(Struct, frozen=True, kw_only=True):
    """A slot of the running order: as planned, as expected, and as it was.

    `warned_at` is when the stage gave the last warning.
    """

    id: Id
    group: Id | None
    unit: Id | None
    presenter: Text | None
    title: Text | None
    kind: Literal["presentation", "break"]
    deck: str | None
    planned_at: Millis | None
    expected_at: Millis | None
    allotted_ms: int
    warning_ms: int
    status: SlotStatus
    started_at: Millis | None
    warned_at: Millis | None
    finished_at: Millis | None
    used_ms: int | None
    added_ms: int
    paused_ms: int
    overtime_ms: int
    page: int


class GroupView(Struct, frozen=True, kw_only=True):
    """A group, and how far it is on its way to its ranking."""

    id: Id
    title: Text
    status: GroupStatus
    rows_revealed: int


class ScreenOrders(Struct, frozen=True, kw_only=True):
    """What a screen was told; `view` null is its own."""

    message: str = ""
    blink_at: Millis | None = None
    blackout: bool = False
    view: str | None = None


class LastMessage(Struct, frozen=True, kw_only=True):
    """The newest thing that was done or refused, by whom, when."""

    type: str
    by: str
    at: Millis
    slot: Id | None
    detail: str


class SessionState(Struct, frozen=True, kw_only=True):
    """A session as it stands (CONTRACT, Console).

    `plan_shift_ms` is by how much the whole plan is to be moved before it is compared: a rehearsal,
    or an evening on another day than planned, counts from its first start.
    `remaining_ms`, `phase`, `playback`, `used_ms`, `overtime_ms` and the expected times are those
    of the time that was asked for; everyone counts on from `ends_at` alone.
    """

    broadcast: Id
    seq: int
    playback: Playback
    slot: Id | None
    started_at: Millis | None
    warn_at: Millis | None
    ends_at: Millis | None
    remaining_ms: int | None
    phase: Phase
    paused_at: Millis | None
    allotted_ms: int | None
    added_ms: int
    warning_ms: int | None
    used_ms: int | None
    overtime_ms: int
    next: Id | None
    as_of: Millis
    incarnation: int
    rehearsal: bool
    microphone: MicrophoneView
    slots: list[SlotView]
    groups: list[GroupView]
    screens: dict[str, ScreenOrders]
    last: LastMessage | None
    plan_shift_ms: int
