"""One effect per command: which facts count is reckoned from the raw log, by no code of Tribune."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson
from msgspec import to_builtins

from schemas.topics import Topic
from streams.log.interface import Record
from tests.sim.evening import BROADCAST
from tests.sim.oracles.log import WatchedBroker
from tests.sim.roles.stage import TakenCut

FOLLOWS = {
    "start_presentation": "presentation_started",
    "pause_presentation": "presentation_paused",
    "resume_presentation": "presentation_resumed",
    "add_time": "time_added",
    "finish_presentation": "presentation_finished",
    "move_on": "presentation_finished",
    "skip_slot": "slot_skipped",
    "restore_slot": "slot_restored",
    "cut_microphone": "microphone_ordered",
    "restore_microphone": "microphone_ordered",
    "change_rundown": "rundown_changed",
}
"""What a command leads to, unless it is refused."""
FORGETS_S = 1.0
ON_AIR = ("time_added", "microphone_ordered", "presentation_finished")


class Told(NamedTuple):
    """What an operator was told of a press, which the command's own reason names in the log."""

    reason: str
    command: str
    is_done: bool


@dataclass(slots=True)
class Reckoned:
    """The evening as the raw log has it: `effects` are the offsets that counted, by command."""

    on: str | None = None
    is_paused: bool = False
    begun: set[str] = field(default_factory=set[str])
    skipped: set[str] = field(default_factory=set[str])
    slots: list[dict[str, Any]] = field(default_factory=lambda: to_builtins(BROADCAST.slots))
    pages: dict[str, int] = field(default_factory=dict[str, int])
    effects: dict[str, int] = field(default_factory=dict[str, int])
    facts: dict[int, dict[str, Any]] = field(default_factory=dict[int, dict[str, Any]])
    commands: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])

    def statuses(self) -> dict[str, tuple[str, int]]:
        """How each slot of the running order stands (who is next is waiting too), and its page."""
        names = [slot["id"] for slot in self.slots]
        return {name: (self._status(name), self.pages.get(name, 1)) for name in names}

    def _status(self, slot: str) -> str:
        if slot in self.skipped:
            return "skipped"
        if slot == self.on:
            return "on"
        return "done" if slot in self.begun else "waiting"


def reckon(broker: WatchedBroker) -> Reckoned:
    """Go through `sessions` from its start, fact by fact."""
    found, answered, decided_at = Reckoned(), set[str](), 0
    for record in _sessions(broker):
        fact = _message(record.value)
        kind, name = fact.get("type"), fact.get("id", "")
        if kind == "session_command":
            found.commands.setdefault(name, fact)
        if kind == "page_turned":
            found.pages[fact["slot"]] = fact["page"]
        if kind not in {*FOLLOWS.values(), "command_refused"} or name in answered:
            continue
        answered.add(name)
        is_judged_by_now = fact.get("after") in (None, decided_at)
        if is_judged_by_now and _may_be(found, kind, fact):
            _take(found, kind, fact)
            found.effects[name], found.facts[record.offset] = record.offset, fact
            decided_at = record.offset + 1
    return found


def _sessions(broker: WatchedBroker) -> list[Record]:
    return broker.everything.get((Topic.SESSIONS, 0), [])


def _message(value: bytes | None) -> dict[str, Any]:
    try:
        found = orjson.loads(value or b"")
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _may_be(held: Reckoned, kind: str, fact: dict[str, Any]) -> bool:
    slot = fact.get("slot")
    match kind:
        case "rundown_changed":
            return True
        case "presentation_started":
            return held.on is None and slot not in held.begun | held.skipped
        case "slot_skipped":
            return slot not in held.begun
        case "slot_restored":
            return slot in held.skipped
        case "presentation_paused":
            return slot is not None and slot == held.on and not held.is_paused
        case "presentation_resumed":
            return slot is not None and slot == held.on and held.is_paused
        case _:
            return kind in ON_AIR and slot is not None and slot == held.on


def _take(held: Reckoned, kind: str, fact: dict[str, Any]) -> None:
    slot = fact.get("slot") or ""
    match kind:
        case "rundown_changed":
            held.slots = fact["slots"]
        case "presentation_started":
            held.on, held.is_paused = slot, False
            held.begun.add(slot)
        case "slot_skipped":
            held.skipped.add(slot)
        case "slot_restored":
            held.skipped.discard(slot)
        case "presentation_finished":
            held.on = None
        case "presentation_paused" | "presentation_resumed":
            held.is_paused = kind == "presentation_paused"
        case _:
            pass


def wrong_effects(held: Reckoned, decided: set[int]) -> list[str]:
    """Where the fold, which took the facts at `decided` for effective, differs from the reckoning.

    Nothing that counts came without a command, but for a cut that a controller was told directly.
    """
    wanted = set(held.facts)
    found = [
        f"the fact at {offset} had an effect, and should not" for offset in sorted(decided - wanted)
    ]
    found += [
        f"the fact at {offset} had no effect, and should" for offset in sorted(wanted - decided)
    ]
    for offset, fact in held.facts.items():
        is_told_directly = fact["type"] == "microphone_ordered" and not fact.get("is_open")
        if fact["id"] not in held.commands and not is_told_directly:
            found.append(f"the fact at {offset} follows no command")
    return found


def wrong_answers(held: Reckoned, told: list[Told]) -> list[str]:
    """Presses that operators were told something else of than the log holds."""
    names = {fact.get("reason"): name for name, fact in held.commands.items()}
    return [words for each in told if (words := _wrong_answer(held, names, each))]


def _wrong_answer(held: Reckoned, names: dict[str | None, str], told: Told) -> str:
    name = names.get(told.reason)
    offset = held.effects.get(name or "")
    if not told.is_done:
        return f"{told} was refused, and {offset} did it" if offset is not None else ""
    if name is None or offset is None:
        return f"{told} was done, and the log has no effect of it"
    kind = held.facts[offset]["type"]
    return "" if kind == FOLLOWS[told.command] else f"{told} was done, and {kind} followed"


def untold_cuts(broker: WatchedBroker, cuts: list[TakenCut], disturbed: list[float]) -> list[str]:
    """Cuts that controllers took past the log, and that it never heard of.

    One that is killed just then may forget it: its disk has it a moment later.
    """
    told = {_message(record.value).get("id") for record in _sessions(broker)}
    return [
        f"the log does not know of {cut}"
        for cut in cuts
        if cut.id not in told
        and not any(0 <= at_s - cut.answered_s < FORGETS_S for at_s in disturbed)
    ]
