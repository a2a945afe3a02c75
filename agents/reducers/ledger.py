"""The time ledger: what each presenter got, when each microphone was cut, and what was unequal."""

from collections import Counter
from collections.abc import Iterable

from agents.reducers.live_broadcast import LiveBroadcast
from agents.reducers.session import Run
from schemas.broadcasts import Slot
from schemas.ledgers import Cut, Ledger, LedgerRow, LedgerStatus, Unequal
from schemas.sessions import MicrophoneCut

# A hall hears half a second; what comes by the clock is late by some ms (bench/cuts.py)
LATE_MS = 500


def ledger(live: LiveBroadcast) -> Ledger:
    """The ledger of an evening, as of its newest fact: every presentation, in running order."""
    slots = [slot for slot in live.slots if slot.kind == "presentation"]
    usual = _usual(live, slots)
    rows = [_row(live, slot, usual.get(slot.group)) for slot in slots]
    return Ledger(broadcast=live.id, as_of=live.at, rows=rows)


def _usual(live: LiveBroadcast, slots: Iterable[Slot]) -> dict[str | None, int]:
    """What was allotted to most of each group."""
    allotted: dict[str | None, Counter[int]] = {}
    for slot in slots:
        run = live.session.runs.get(slot.id)
        given = run.allotted_ms if run else slot.allotted_ms
        allotted.setdefault(slot.group, Counter())[given] += 1
    return {group: counted.most_common(1)[0][0] for group, counted in allotted.items()}


def _row(live: LiveBroadcast, slot: Slot, usual_ms: int | None) -> LedgerRow:
    run = live.session.runs.get(slot.id)
    facts = _facts(live.cuts.get(slot.id, ()), run)
    return LedgerRow(
        slot=slot.id,
        group=slot.group,
        unit=slot.unit,
        presenter=slot.presenter,
        title=slot.title,
        status=_status(live, slot.id),
        allotted_ms=run.allotted_ms if run else slot.allotted_ms,
        used_ms=run.spent_ms(live.at) if run else None,
        paused_ms=run.pauses_ms(live.at) if run else 0,
        added_ms=run.added_ms if run else 0,
        overtime_ms=run.overtime_ms(live.at) if run else 0,
        started_at=run.started_at if run else None,
        warning_planned_at=run.warned.planned_at if run and run.warned else None,
        warned_at=run.warned.sent_at if run and run.warned else None,
        ends_at=run.ends_at if run else None,
        finished_at=run.finished_at if run else None,
        cut={device: _cut(found, run) for device, found in facts.items() if run},
        unequal=_unequal(run, facts, usual_ms, live.at) if run else [],
    )


def _status(live: LiveBroadcast, slot: str) -> LedgerStatus:
    if slot in live.session.skipped:
        return "skipped"
    if slot not in live.session.runs:
        return "waiting"
    return "done" if live.session.is_done(slot) else "on"


def _facts(cuts: Iterable[MicrophoneCut], run: Run | None) -> dict[str, list[MicrophoneCut]]:
    """Each device's cuts in order; of what is said of one deed the confirmed counts."""
    deeds: dict[str, dict[str, MicrophoneCut]] = {}
    for cut in cuts:
        held = deeds.setdefault(cut.device, {}).get(cut.id)
        if held is None or (held.confirmed_at is None and cut.confirmed_at is not None):
            deeds[cut.device][cut.id] = cut
    return {
        device: _needed(sorted(found.values(), key=lambda cut: cut.planned_at), run)
        for device, found in sorted(deeds.items())
    }


def _needed(found: list[MicrophoneCut], run: Run | None) -> list[MicrophoneCut]:
    """Leave out what a controller that was started afterwards cuts to be sure: it was off by then.

    Such a cut is planned for the finish, and the microphone had been off before that.
    """
    if run is None or not run.was_cut_before_finish:
        return found
    return [cut for cut in found if cut.planned_at != run.finished_at] or found


def _end(run: Run) -> int:
    """When the microphone was to be off for good: at the limit, or when the operator finished."""
    return run.ends_at if run.finished_at is None else min(run.ends_at, run.finished_at)


def _cut(found: list[MicrophoneCut], run: Run) -> Cut:
    """The cut that ended a presentation; of one that goes on, the newest."""
    last = next((cut for cut in found if cut.planned_at >= _end(run)), found[-1])
    return Cut(last.planned_at, last.sent_at, last.confirmed_at, last.attempts)


def _unequal(
    run: Run, facts: dict[str, list[MicrophoneCut]], usual_ms: int | None, now: int
) -> list[Unequal]:
    ends = [[cut for cut in cuts if cut.planned_at >= _end(run)] for cuts in facts.values()]
    finals = [cuts[0] for cuts in ends if cuts]
    found: dict[Unequal, bool] = {
        "allotted": usual_ms is not None and run.allotted_ms != usual_ms,
        "added": run.added_ms != 0,
        "paused": run.pauses_ms(now) != 0,
        "warning_missing": _lacks_warning(run, now),
        "warning_late": run.warned is not None
        and run.warned.sent_at - run.warned.planned_at > LATE_MS,
        "cut_late": any((cut.confirmed_at or 0) - cut.planned_at > LATE_MS for cut in finals),
        "cut_unconfirmed": any(cut.confirmed_at is None for cut in finals),
        "opened_again": any(len(cuts) > 1 for cuts in ends),
    }
    return [word for word, is_so in found.items() if is_so]


def _lacks_warning(run: Run, now: int) -> bool:
    """Whether the clock ran past a warning that nobody says was given; before the end: not yet."""
    left_ms = run.remaining_ms(now)
    if run.warning is None or (run.finished_at is None and left_ms):
        return False
    return run.ends_at - left_ms - run.warning.planned_at > LATE_MS
