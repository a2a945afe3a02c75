"""How a broadcast is shown: one whole state for the console, push, the stage and every page."""

from collections.abc import Iterator
from typing import NamedTuple

from agents.reducers.live_broadcast import DeviceRecord, LiveBroadcast
from agents.reducers.live_state import LiveState
from agents.reducers.marks import GroupMarks
from agents.reducers.session import Run
from schemas.broadcasts import Group, Slot
from schemas.session_states import (
    DeviceStanding,
    DeviceView,
    GroupStatus,
    GroupView,
    LastMessage,
    MicrophoneView,
    ScreenOrders,
    SessionState,
    SlotStatus,
    SlotView,
)
from schemas.sessions import CommandRefused, MicrophoneOpened

HALF_DAY_MS = 12 * 3_600_000  # no evening is so late: beyond it, it is held on another day


class Place(NamedTuple):
    """Where a slot stands in the evening at a time (ms)."""

    status: SlotStatus
    expected_at: int | None
    at: int


def view(state: LiveState, broadcast: str, now: int | None = None) -> SessionState:
    """Show a broadcast's session at a time (ms), or as of the newest message behind it."""
    held = state.broadcasts.get(broadcast) or LiveBroadcast(broadcast)
    at = max(held.at, now or 0)
    run = held.session.run
    shift_ms = _plan_shift_ms(held, is_rehearsal=state.is_rehearsal)
    return SessionState(
        broadcast=broadcast,
        seq=state.seq(broadcast),
        playback=held.session.playback(held.order, at),
        slot=run.slot if run else None,
        started_at=run.started_at if run else None,
        warn_at=run.warn_at if run else None,
        ends_at=run.ends_at if run else None,
        remaining_ms=run.remaining_ms(at) if run else None,
        phase=run.phase(at) if run else "normal",
        paused_at=run.paused_at if run else None,
        allotted_ms=run.allotted_ms if run else None,
        added_ms=run.added_ms if run else 0,
        warning_ms=run.warning_ms if run else None,
        used_ms=run.spent_ms(at) if run else None,
        overtime_ms=run.overtime_ms(at) if run else 0,
        next=held.session.comes_next(held.order),
        as_of=held.at,
        incarnation=state.incarnation,
        rehearsal=state.is_rehearsal,
        microphone=_microphone(held, at),
        slots=list(_slots(held, at, shift_ms)),
        groups=[_group(held, group) for group in (held.broadcast.groups if held.broadcast else [])],
        screens={
            name: ScreenOrders(
                message=told.message,
                blink_at=told.blink_at,
                blackout=told.blackout,
                view=told.view,
            )
            for name, told in held.screens.items()
        },
        last=_last(held),
        plan_shift_ms=shift_ms,
    )


def _microphone(held: LiveBroadcast, at: int) -> MicrophoneView:
    run = held.session.run
    return MicrophoneView(
        is_open=run is not None and run.is_microphone_open(at),
        devices={name: _device(record) for name, record in held.devices.items()},
    )


def _device(record: DeviceRecord) -> DeviceView:
    deed, report = record.deed, record.report
    said_at = 0 if deed is None else deed.confirmed_at or deed.sent_at
    deed_at = record.confirmed_again_at or said_at
    is_newer = report is not None and report.at > deed_at
    is_open: bool | None = None
    standing: DeviceStanding = "asked"
    if deed is not None and deed.confirmed_at is not None:
        is_open, standing = isinstance(deed, MicrophoneOpened), "confirmed"
    if report is not None and is_newer:
        is_open = report.is_open if report.state != "silent" else None
        standing = "confirmed" if report.state == "answers" else report.state
    return DeviceView(
        is_open=is_open,
        state=standing,
        controller=report.controller if report else "",
        planned_at=deed.planned_at if deed else None,
        sent_at=deed.sent_at if deed else None,
        confirmed_at=deed.confirmed_at if deed else None,
        attempts=deed.attempts if deed else 0,
        by_hand_at=record.by_hand_at,
        simulated=report.simulated if report else None,
    )


def _plan_shift_ms(held: LiveBroadcast, *, is_rehearsal: bool) -> int:
    """How far from its plan the evening is held as a whole: a rehearsal, or on another day.

    What was planned counts from the first start then, and only the running order is compared.
    """
    runs = held.session.runs
    begun = [
        (runs[slot.id].started_at, slot.planned_at)
        for slot in held.slots
        if slot.id in runs and slot.planned_at is not None
    ]
    if not begun:
        return 0
    started_at, planned_at = min(begun)
    late_ms = started_at - planned_at
    return late_ms if is_rehearsal or abs(late_ms) > HALF_DAY_MS else 0


def _slots(held: LiveBroadcast, at: int, shift_ms: int) -> Iterator[SlotView]:
    comes_next = held.session.comes_next(held.order)
    free_at = _free_at(held, at)
    for slot in held.slots:
        status = _status(held, slot, comes_next)
        run = held.session.runs.get(slot.id)
        expected_at = run.started_at if run else None
        if status in ("waiting", "armed"):
            planned_at = None if slot.planned_at is None else slot.planned_at + shift_ms
            times = [time for time in (planned_at, free_at) if time is not None]
            expected_at = max(times, default=None)
            free_at = None if expected_at is None else expected_at + slot.allotted_ms
        place = Place(status, expected_at, at)
        yield _slot(slot, run, place, held.pages.get(slot.id, 1))


def _slot(slot: Slot, run: Run | None, place: Place, page: int) -> SlotView:
    at = place.at
    return SlotView(
        id=slot.id,
        group=slot.group,
        unit=slot.unit,
        presenter=slot.presenter,
        title=slot.title,
        kind=slot.kind,
        deck=slot.deck,
        planned_at=slot.planned_at,
        expected_at=place.expected_at,
        allotted_ms=run.allotted_ms if run else slot.allotted_ms,
        warning_ms=run.warning_ms if run else slot.warning_ms,
        status=place.status,
        started_at=run.started_at if run else None,
        warned_at=run.warned.sent_at if run and run.warned else None,
        finished_at=run.finished_at if run else None,
        used_ms=run.spent_ms(at) if run else None,
        added_ms=run.added_ms if run else 0,
        paused_ms=run.pauses_ms(at) if run else 0,
        overtime_ms=run.overtime_ms(at) if run else 0,
        page=page,
    )


def _status(held: LiveBroadcast, slot: Slot, comes_next: str | None) -> SlotStatus:
    session = held.session
    if slot.id == session.current:
        return "on"
    if slot.id in session.skipped:
        return "skipped"
    if session.is_done(slot.id):
        return "done"
    return "armed" if slot.id == comes_next and session.current is None else "waiting"


def _free_at(held: LiveBroadcast, at: int) -> int | None:
    """When the stage is free for the next one: when what is on ends, or now; None beforehand."""
    run = held.session.run
    if run is not None:
        return at + run.remaining_ms(at)
    return at if held.session.runs else None


def _group(held: LiveBroadcast, group: Group) -> GroupView:
    record = held.groups.get(group.id, GroupMarks())
    return GroupView(
        id=group.id,
        title=group.title,
        status=_group_status(held, group, record),
        rows_revealed=record.revealed,
    )


def _group_status(held: LiveBroadcast, group: Group, record: GroupMarks) -> GroupStatus:
    if record.key is not None:
        return "revealed"
    if record.revealed:
        return "revealing"
    if record.is_closed:
        return "closed"
    slots = [slot.id for slot in held.slots if slot.group == group.id]
    if not any(slot in held.session.runs for slot in slots):
        return "waiting"
    return "marking" if all(map(held.session.is_done, slots)) else "presenting"


def _last(held: LiveBroadcast) -> LastMessage | None:
    done = [fact for fact in (held.last, held.last_of_scores) if fact is not None]
    last = max(done, key=lambda fact: fact.at, default=None)
    if last is None:
        return None
    detail = last.detail if isinstance(last, CommandRefused) else getattr(last, "reason", "")
    name = str(type(last).__struct_config__.tag)
    slot = getattr(last, "slot", None)
    return LastMessage(type=name, by=last.by, at=last.at, slot=slot, detail=detail)
