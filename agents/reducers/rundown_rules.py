"""Which changes of a rundown are allowed while the evening goes on: all but of what began."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from agents.reducers.commands import refuse
from agents.reducers.live_broadcast import LiveBroadcast
from schemas.broadcasts import Broadcast, Slot
from schemas.sessions import RundownChanged, SessionCommand, SessionFact

# No measured reason: several evenings full; every state of a session that is sent holds them all
MOST_SLOTS = 500
HELD = (
    "what was held stays as it is; to hold it once more, give the broadcast and its slots ids of "
    "their own, or start on an empty data folder"
)


class Wrong(NamedTuple):
    """Why a running order cannot be: a word, the slot that it is about, and a sentence."""

    reason: str
    slot: str
    detail: str


def change_rundown(
    state: LiveBroadcast,
    others: Iterable[LiveBroadcast],
    command: SessionCommand,
    seq: int,
    broadcasts_to: int,
) -> SessionFact:
    """Answer a command that gives a broadcast a whole new running order."""
    at = max(state.session.at, command.at)
    if command.if_seq is not None and command.if_seq != seq:
        detail = "somebody else changed something first; look and do it again"
        return refuse(command, at, "changed", detail)
    if command.slots is None:
        return refuse(command, at, "slots", "say the whole running order in `slots`")
    wrong = next(problems(state, others, command.slots), None)
    if wrong is not None:
        return refuse(command, at, _told(wrong), wrong.detail)
    return RundownChanged(
        at=at,
        by=command.by,
        id=command.id,
        broadcast=command.broadcast,
        slots=command.slots,
        broadcasts_to=broadcasts_to,
        reason=command.reason or "",
    )


def problems(
    state: LiveBroadcast, others: Iterable[LiveBroadcast], slots: Sequence[Slot]
) -> Iterator[Wrong]:
    """Say everything for which a running order cannot be."""
    if len(slots) > MOST_SLOTS:
        yield Wrong("too_many", "", f"a rundown has at most {MOST_SLOTS} slots")
    taken = {slot.id: other.id for other in others if not other.is_retired for slot in other.slots}
    seen: set[str] = set()
    for slot in slots:
        if slot.id in seen:
            yield Wrong("twice", slot.id, f"{slot.id} stands twice")
        if slot.id in taken:
            detail = f"the id {slot.id} belongs to the broadcast {taken[slot.id]}"
            yield Wrong("taken_id", slot.id, detail)
        seen.add(slot.id)
        if state.broadcast is not None:
            yield from _wrong_slot(state.broadcast, slot)
    yield from touched(state, slots)


def settled(
    before: Sequence[Slot],
    after: Sequence[Slot],
    marked: Collection[str],
    closed: Collection[str],
) -> Iterator[Wrong]:
    """Say what a running order would change of slots that have marks, and of groups closed."""
    held = {slot.id: (slot.group, slot.unit) for slot in before}
    wanted = {slot.id: (slot.group, slot.unit) for slot in after}
    for slot in [name for name in {**held, **wanted} if held.get(name) != wanted.get(name)]:
        if slot in marked and slot in held:
            detail = f"{slot} has marks: it stays, and keeps its group and its unit"
            yield Wrong("rundown_marked", slot, detail)
        for group in {each[0] for each in (held.get(slot), wanted.get(slot)) if each}:
            if group in closed:
                detail = f"the group {group} is closed: {slot} cannot change there any more"
                yield Wrong("rundown_closed", slot, detail)


def reloaded(state: LiveBroadcast, broadcast: Broadcast) -> list[Wrong]:
    """Say everything for which a file may not be loaded over the evening as it stands."""
    held = state.broadcast
    if held is None or held.slots != broadcast.slots:
        return list(touched(state, broadcast.slots))
    return [wrong for slot in state.slots for wrong in _wrong_slot(broadcast, slot)]


def touched(state: LiveBroadcast, slots: Sequence[Slot]) -> Iterator[Wrong]:
    """Say what a running order would change of the slots that are on or done."""
    wanted = {slot.id: slot for slot in slots}
    begun = [slot for slot in state.slots if _has_begun(state, slot.id)]
    for slot in begun:
        word = "on" if slot.id == state.session.current else "done"
        if slot.id not in wanted:
            yield Wrong(f"{word}_removed", slot.id, f"{slot.id} is {word} and cannot be removed")
        elif wanted[slot.id] != slot:
            yield Wrong(f"{word}_changed", slot.id, f"{slot.id} is {word} and cannot be changed")
    names = [slot.id for slot in begun]
    if names != [slot.id for slot in slots if slot.id in set(names)] and not names - wanted.keys():
        yield Wrong("begun_order", "", "what is on or done keeps its order")


def _told(wrong: Wrong) -> str:
    """The word for what a command would do wrong."""
    return "rundown_unknown" if wrong.reason.startswith("unknown_") else "rundown"


def _has_begun(state: LiveBroadcast, slot: str) -> bool:
    return slot == state.session.current or state.session.is_done(slot)


def _wrong_slot(broadcast: Broadcast, slot: Slot) -> Iterator[Wrong]:
    if slot.warning_ms >= slot.allotted_ms:
        detail = f"{slot.id}: the warning comes before the start; it must be shorter than the slot"
        yield Wrong("warning_length", slot.id, detail)
    if slot.kind == "break":
        if slot.group is not None or slot.unit is not None:
            yield Wrong("break", slot.id, f"{slot.id}: a break has neither group nor unit")
        return
    if slot.group not in {group.id for group in broadcast.groups}:
        yield Wrong("unknown_group", slot.id, f"{slot.id}: there is no group {slot.group}")
    if slot.unit not in {unit.id for unit in broadcast.units}:
        yield Wrong("unknown_unit", slot.id, f"{slot.id}: there is no unit {slot.unit}")
