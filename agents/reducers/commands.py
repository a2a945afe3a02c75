"""The session rules: what an operator's command leads to, or why it is refused."""

from collections.abc import Sequence

from agents.reducers.session import Run, Session
from schemas.broadcasts import Slot
from schemas.sessions import (
    CommandRefused,
    MicrophoneOrdered,
    PresentationFinished,
    PresentationPaused,
    PresentationResumed,
    PresentationStarted,
    SessionCommand,
    SessionFact,
    SlotRestored,
    SlotSkipped,
    TimeAdded,
)

# Whoever pressed Go still waits for it; later it would surprise everybody (decisions/0013)
LATE_MS = 2_000
# An hour. No measured reason: twelve usual presentations; more is a slip of the hand
MOST_ADDED_MS = 3_600_000
OPENING = ("start_presentation", "resume_presentation", "restore_microphone")


def decide(
    state: Session, slots: Sequence[Slot], command: SessionCommand, now: int, seq: int
) -> SessionFact:
    """Answer a command that is read at `now` (ms), while the session's number is `seq`.

    It counts from when it was pressed, on the console's clock, which every deadline is on. What
    would open a microphone is refused when it is read more than 2 s late: executed then, it would
    surprise everybody. What closes one is never too late, and needs no sequence.
    """
    at = max(state.at, min(command.at, now + LATE_MS))
    refusal = _precondition(state, command, at, now, seq)
    if refusal is not None:
        return refusal
    match command.command:
        case "start_presentation":
            return _start(state, slots, command, at)
        case "skip_slot":
            return _skip(state, slots, command, at)
        case "restore_slot":
            return _restore_slot(state, command, at)
        case _:
            return _on_air(state, command, at)


def _precondition(
    state: Session, command: SessionCommand, at: int, now: int, seq: int
) -> CommandRefused | None:
    may_open = opens(state, command, at)
    if may_open and now - command.at > LATE_MS:
        return refuse(command, at, "late", "it arrived too late to be safe; press again")
    if may_open and command.at - now > LATE_MS:
        detail = "the console's clock is ahead of the worker's by more than 2 s; set the clocks"
        return refuse(command, at, "clock", detail)
    is_cut = command.command == "cut_microphone"
    if command.if_seq is not None and command.if_seq != seq and not is_cut:
        return refuse(command, at, "changed", "somebody else acted first; look and press again")
    return None


def opens(state: Session, command: SessionCommand, at: int) -> bool:
    """Whether a command may open a microphone that is off."""
    is_over = state.run is not None and state.run.remaining_ms(at) == 0
    return command.command in OPENING or (command.command == "add_time" and is_over)


def _on_air(state: Session, command: SessionCommand, now: int) -> SessionFact:
    run = state.run
    if run is None:
        return refuse(command, now, "nothing_on", "no presentation is on")
    if command.slot is not None and command.slot != run.slot:
        return refuse(command, now, "another_on", f"{run.slot} is on, not {command.slot}")
    return _turn(run, command, now)


def refuse(command: SessionCommand, now: int, reason: str, detail: str) -> CommandRefused:
    """Refuse a command: a word for why, and a sentence that says what to do."""
    return CommandRefused(
        at=now,
        by=command.by,
        id=command.id,
        broadcast=command.broadcast,
        slot=command.slot,
        reason=reason,
        detail=detail,
    )


def _start(state: Session, slots: Sequence[Slot], command: SessionCommand, now: int) -> SessionFact:
    if state.current is not None:
        return refuse(command, now, "another_on", f"{state.current} is on; finish it first")
    wanted = command.slot or state.armed([slot.id for slot in slots])
    slot = next((slot for slot in slots if slot.id == wanted), None)
    if slot is None:
        return refuse(command, now, "unknown_slot", "no such slot is left in the rundown")
    if slot.id in state.skipped:
        return refuse(command, now, "skipped", f"{slot.id} was skipped; restore it first")
    if state.is_done(slot.id):
        return refuse(command, now, "done", f"{slot.id} is done already")
    ends_at = now + slot.allotted_ms
    return PresentationStarted(
        at=now,
        by=command.by,
        id=command.id,
        broadcast=command.broadcast,
        slot=slot.id,
        started_at=now,
        warn_at=ends_at - min(slot.warning_ms, slot.allotted_ms),
        ends_at=ends_at,
        allotted_ms=slot.allotted_ms,
        warning_ms=slot.warning_ms,
        group=slot.group,
        unit=slot.unit,
        microphone=slot.kind == "presentation",
    )


def _skip(state: Session, slots: Sequence[Slot], command: SessionCommand, now: int) -> SessionFact:
    wanted = command.slot or state.armed([slot.id for slot in slots])
    if wanted is None or wanted not in {slot.id for slot in slots}:
        return refuse(command, now, "unknown_slot", "no such slot is left in the rundown")
    if wanted in state.skipped:
        return refuse(command, now, "skipped", f"{wanted} was skipped already")
    if wanted == state.current or state.is_done(wanted):
        return refuse(command, now, "done", f"{wanted} has begun or is done already")
    return SlotSkipped(
        at=now,
        by=command.by,
        id=command.id,
        broadcast=command.broadcast,
        slot=wanted,
        reason=command.reason or "",
    )


def _restore_slot(state: Session, command: SessionCommand, now: int) -> SessionFact:
    if command.slot is None or command.slot not in state.skipped:
        return refuse(command, now, "not_skipped", "name a slot that was skipped")
    return SlotRestored(
        at=now,
        by=command.by,
        id=command.id,
        broadcast=command.broadcast,
        slot=command.slot,
        reason=command.reason or "",
    )


def _turn(run: Run, command: SessionCommand, now: int) -> SessionFact:
    match command.command:
        case "pause_presentation":
            return _pause(run, command, now)
        case "resume_presentation":
            return _resume(run, command, now)
        case "add_time":
            return _add_time(run, command, now)
        case "finish_presentation" | "move_on":
            return _finish(run, command, now)
        case "restore_microphone":
            return _restore(run, command, now)
        case _:
            return _order(run, command, now, is_open=False)


def _pause(run: Run, command: SessionCommand, now: int) -> SessionFact:
    if run.paused_at is not None:
        return refuse(command, now, "paused", "it is paused already")
    if now >= run.ends_at:
        return refuse(command, now, "over", "its time is over; finish it, or add time")
    return PresentationPaused(
        at=now,
        by=command.by,
        id=command.id,
        broadcast=command.broadcast,
        slot=run.slot,
        remaining_ms=run.remaining_ms(now),
    )


def _resume(run: Run, command: SessionCommand, now: int) -> SessionFact:
    if run.paused_at is None:
        return refuse(command, now, "not_paused", "it is not paused")
    ends_at = now + run.remaining_ms(now)
    return PresentationResumed(
        at=now,
        by=command.by,
        id=command.id,
        broadcast=command.broadcast,
        slot=run.slot,
        warn_at=ends_at - run.warning_ms,
        ends_at=ends_at,
    )


def _add_time(run: Run, command: SessionCommand, now: int) -> SessionFact:
    added = command.added_ms
    if added is None or added == 0 or abs(added) > MOST_ADDED_MS:
        return refuse(command, now, "added_ms", "say how many ms to add, or to take (negative)")
    spent = now if run.paused_at is None else run.paused_at
    base = max(run.ends_at, spent) if added > 0 else run.ends_at
    ends_at = base + added
    if ends_at <= spent:
        return refuse(command, now, "too_much", "less than that is left; finish it instead")
    return TimeAdded(
        at=now,
        by=command.by,
        id=command.id,
        broadcast=command.broadcast,
        slot=run.slot,
        added_ms=ends_at - run.ends_at,
        warn_at=ends_at - run.warning_ms,
        ends_at=ends_at,
        remaining_ms=ends_at - spent,
        reason=command.reason or "",
    )


def _finish(run: Run, command: SessionCommand, now: int) -> SessionFact:
    left = run.remaining_ms(now)
    return PresentationFinished(
        at=now,
        by=command.by,
        id=command.id,
        broadcast=command.broadcast,
        slot=run.slot,
        used_ms=run.allotted_ms + run.added_ms - left,
        left_ms=left,
        overtime_ms=run.overtime_ms(now),
    )


def _restore(run: Run, command: SessionCommand, now: int) -> SessionFact:
    if not (command.reason or "").strip():
        return refuse(command, now, "reason", "say why the microphone is opened again")
    if run.paused_at is not None:
        return refuse(command, now, "paused", "it is paused; resume it")
    if run.is_microphone_open(now):
        return refuse(command, now, "open", "the microphone is open")
    # a direct cut is a fact and no command: the log may have it before what was pressed earlier
    if run.ordered_open is False and command.at < now:
        return refuse(command, now, "changed", "it was cut after that was pressed; press again")
    return _order(run, command, now, is_open=True)


def _order(run: Run, command: SessionCommand, now: int, *, is_open: bool) -> SessionFact:
    return MicrophoneOrdered(
        at=now,
        by=command.by,
        id=command.id,
        broadcast=command.broadcast,
        slot=run.slot,
        is_open=is_open,
        reason=command.reason or "",
    )
