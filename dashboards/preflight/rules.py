"""What the preflight list says of what was found; pure, the time is given."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec import Struct

from agents.reducers.groups import Standing
from schemas.broadcasts import Slot
from schemas.preflights import (
    CheckName,
    CheckState,
    Preflight,
    PreflightCheck,
    PreflightProblem,
    Reason,
)

# Screens report every 4 s (static/js/screen.js): two reports are missing
SILENT_MS = 10_000
# A report is up to 4 s old, and a screen follows within one
BEHIND_MS = 5_000
# Whose clock is a second off shows a countdown that a hall sees to be wrong
CLOCK_OFF_MS = 1_000
# A measurement that is worse could hide a visible step; on one network it is 1-5 ms
CLOCK_UNSURE_MS = 50
GRAVE: frozenset[Reason] = frozenset(
    {"nobody_asked", "no_device", "stage_away", "device_silent", "screen_behind", "push_away"}
)


class StageDevice(Struct, frozen=True):
    """A device as its stage controller told."""

    is_open: bool | None
    is_silent: bool
    problem: str | None = None
    simulated: bool = False


class StageTold(Struct, frozen=True):
    """What a stage controller tells of itself; its clock less the console's, ms."""

    devices: dict[str, StageDevice]
    clock_ms: int = 0


class ScreenSeen(Struct, frozen=True):
    """What a screen tells of itself; how far its clock is from the deadlines', ms."""

    name: str
    page: str
    seq: int
    heard_at: int
    lead_ms: float = 0
    doubt_ms: float = 0


@dataclass(frozen=True, slots=True)
class Found:
    """What was found: who has a deck, what the stages and the screens told; None: no answer."""

    decks: Collection[str]
    stages: Mapping[str, StageTold | None]
    screens: Sequence[ScreenSeen] | None


@dataclass(frozen=True, slots=True)
class Coming:
    """What is to come: the presentations that are not over, their groups, the state's number."""

    broadcast: str
    slots: Sequence[Slot]
    groups: Sequence[Standing]
    seq: int
    as_of: int


def preflight(coming: Coming, found: Found, now: int) -> Preflight:
    """Say how everything stands."""
    devices = sum(len(told.devices) for told in found.stages.values() if told)
    screens = found.screens or ()
    checks = [
        _check("decks", len(coming.slots), _decks(coming.slots, found.decks)),
        _check("evaluators", len(coming.slots), _evaluators(coming)),
        _check("devices", devices, _devices(found.stages)),
        _check("screens", len(screens), _screens(coming, found.screens, now)),
        _check("clocks", len(found.stages) + len(screens), _clocks(found)),
    ]
    return Preflight(coming.broadcast, now, all(each.state != "fail" for each in checks), checks)


def _check(name: CheckName, count: int, problems: Iterator[PreflightProblem]) -> PreflightCheck:
    told = list(problems)
    state: CheckState = "note" if told else "ok"
    if any(problem.reason in GRAVE for problem in told):
        state = "fail"
    return PreflightCheck(name, state, count, told)


def _decks(slots: Sequence[Slot], decks: Collection[str]) -> Iterator[PreflightProblem]:
    for slot in slots:
        if slot.id not in decks:
            yield PreflightProblem(slot.id, "no_deck", "has no slides")


def _evaluators(coming: Coming) -> Iterator[PreflightProblem]:
    groups = {held.group.id: held for held in coming.groups}
    for slot in coming.slots:
        held = groups.get(slot.group or "")
        if held is None:
            yield PreflightProblem(slot.id, "nobody_asked", "is in no group that is ranked")
            continue
        asked = {evaluator.panel for evaluator in held.asked(slot)}
        if empty := [panel for panel in held.formula.panels if panel not in asked]:
            detail = f"nobody marks it in the panel {', '.join(empty)}"
            yield PreflightProblem(slot.id, "nobody_asked", detail)


def _devices(stages: Mapping[str, StageTold | None]) -> Iterator[PreflightProblem]:
    for address, told in stages.items():
        if told is None:
            detail = "the stage controller does not answer: does `tribune stage` run there?"
            yield PreflightProblem(address, "stage_away", detail)
            continue
        if not told.devices:
            detail = "has no device: microphones need [stage.NAME] in its tribune.toml"
            yield PreflightProblem(address, "no_device", detail)
        for name, device in told.devices.items():
            if device.is_silent or device.problem or device.is_open is None:
                yield PreflightProblem(name, "device_silent", device.problem or "does not answer")
            elif device.simulated:
                detail = "is simulated: no real microphone turns with it"
                yield PreflightProblem(name, "simulated", detail)


def _screens(
    coming: Coming, screens: Sequence[ScreenSeen] | None, now: int
) -> Iterator[PreflightProblem]:
    if screens is None:
        detail = "push does not answer: no screen hears anything"
        yield PreflightProblem("push", "push_away", detail)
        return
    for screen in screens:
        silent_ms = now - screen.heard_at
        if silent_ms > SILENT_MS:
            detail = f"nothing heard from it for {silent_ms // 1_000} s"
            yield PreflightProblem(screen.name, "screen_silent", detail)
        elif screen.seq < coming.seq and now - coming.as_of > BEHIND_MS:
            detail = "shows an older state than the others: reload it"
            yield PreflightProblem(screen.name, "screen_behind", detail)


def _clocks(found: Found) -> Iterator[PreflightProblem]:
    told = {address: stage.clock_ms for address, stage in found.stages.items() if stage}
    for name, off_ms in told.items():
        yield from _off(name, off_ms)
    for screen in found.screens or ():
        yield from _off(screen.name, screen.lead_ms)
        if screen.doubt_ms > CLOCK_UNSURE_MS:
            detail = "cannot tell the time well: its way to the console is slow"
            yield PreflightProblem(screen.name, "clock_unsure", detail)


def _off(name: str, off_ms: float) -> Iterator[PreflightProblem]:
    if abs(off_ms) > CLOCK_OFF_MS:
        detail = f"its clock is {off_ms / 1_000:+.1f} s from the console's; that is allowed for"
        yield PreflightProblem(name, "clock_off", detail)
