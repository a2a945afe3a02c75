"""The fold of a broadcast's `sessions`: which presentation runs, until when, and what was used.

It folds facts only; whether a command is allowed is said in `agents.reducers.commands`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from schemas.session_states import Phase, Playback
from schemas.sessions import (
    DeviceReported,
    MicrophoneCut,
    MicrophoneOpened,
    MicrophoneOrdered,
    PageTurned,
    PresentationFinished,
    PresentationPaused,
    PresentationResumed,
    PresentationStarted,
    ScreenTold,
    SessionFact,
    SlotRestored,
    SlotSkipped,
    TimeAdded,
    TriggerFired,
    TriggerTaken,
    WarningGiven,
)

DANGER_MS = 3_000  # docs/presentations.md; no measured reason: time for a last sentence's end
OBSERVED = (
    MicrophoneOpened,
    MicrophoneCut,
    WarningGiven,
    DeviceReported,
    TriggerFired,
    TriggerTaken,
    PageTurned,
    ScreenTold,
)


@dataclass(frozen=True, slots=True)
class DueWarning:
    """When the presenter is to be warned, by the command that set the limit."""

    planned_at: int
    command: str


@dataclass(frozen=True, slots=True)
class Warned:
    """When the presenter was to be warned last, and was."""

    planned_at: int
    sent_at: int


@dataclass(slots=True)
class Run:
    """One presentation's clock; allotted + added = used + left, pauses apart.

    `ordered_open` is an operator's order that goes before the clock: cut early, or open after the
    limit. When the microphone is restored before the limit, the clock has it again. `warning` is
    the one that is not given yet, `warned` the last one that was.
    """

    slot: str
    group: str | None
    unit: str | None
    allotted_ms: int
    warning_ms: int
    started_at: int
    warn_at: int
    ends_at: int
    has_microphone: bool = True
    added_ms: int = 0
    paused_at: int | None = None
    paused_ms: int = 0
    finished_at: int | None = None
    used_ms: int | None = None
    ordered_open: bool | None = None
    warning: DueWarning | None = None
    warned: Warned | None = None

    def remaining_ms(self, now: int) -> int:
        """What is left of the clock at a time (ms); 0 when it is over."""
        return max(0, self.ends_at - self._stands_at(now))

    def overtime_ms(self, now: int) -> int:
        """How far the limit is behind, while the clock is not paused."""
        return max(0, self._stands_at(now) - self.ends_at)

    def spent_ms(self, now: int) -> int:
        """What was used within the limit until a time (ms)."""
        return self.allotted_ms + self.added_ms - self.remaining_ms(now)

    @property
    def was_cut_before_finish(self) -> bool:
        """Whether the microphone was off when it was finished: by the clock, a pause or a hand."""
        if self.finished_at is None or self.ordered_open is not None:
            return self.finished_at is not None and not self.ordered_open
        return self.paused_at is not None or self.finished_at > self.ends_at

    def pauses_ms(self, now: int) -> int:
        """How long it was paused in all until a time (ms)."""
        end = now if self.finished_at is None else self.finished_at
        return self.paused_ms + (0 if self.paused_at is None else max(0, end - self.paused_at))

    def _stands_at(self, now: int) -> int:
        """The time at which the clock stands: it stopped at a pause, and at the finish."""
        if self.paused_at is not None:
            return self.paused_at
        return now if self.finished_at is None else self.finished_at

    def is_microphone_open(self, now: int) -> bool:
        """Whether the presenter may be heard: an operator's order goes before the clock."""
        if not self.has_microphone or self.finished_at is not None or self.paused_at is not None:
            return False
        return now < self.ends_at if self.ordered_open is None else self.ordered_open

    def phase(self, now: int) -> Phase:
        """What the screens must say: the last seconds are a warning, the very last a danger."""
        left = self.remaining_ms(now)
        if left == 0:
            return "over"
        if left <= min(DANGER_MS, self.warning_ms):
            return "danger"
        return "warning" if left <= self.warning_ms else "normal"


@dataclass(slots=True)
class Session:
    """A broadcast's presentations so far; `position` is after the last fact that changed it.

    `at` is the time of that fact, and `followed` names the commands that were answered.
    """

    broadcast: str
    runs: dict[str, Run] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    current: str | None = None
    followed: set[str] = field(default_factory=set)
    position: int = 0
    at: int = 0
    folded_to: int = 0

    @property
    def run(self) -> Run | None:
        """The presentation that is on, if any."""
        return self.runs[self.current] if self.current is not None else None

    def is_done(self, slot: str) -> bool:
        """Whether a slot is over: presented and finished, or skipped."""
        run = self.runs.get(slot)
        return slot in self.skipped or (run is not None and run.finished_at is not None)

    def comes_next(self, order: Sequence[str]) -> str | None:
        """The slot that comes next: the first that is neither done nor on."""
        waiting = (slot for slot in order if slot != self.current and not self.is_done(slot))
        return next(waiting, None)

    def armed(self, order: Sequence[str]) -> str | None:
        """The slot that Go would start: the next one, unless one is on."""
        return self.comes_next(order) if self.current is None else None

    def playback(self, order: Sequence[str], now: int) -> Playback:
        """The state of the evening for a running order, at a time (ms)."""
        run = self.run
        if run is not None:
            if run.paused_at is not None:
                return "paused"
            return "running" if now < run.ends_at else "overtime"
        if self.armed(order) is not None:
            return "armed"
        return "finished" if order else "idle"


def step(state: Session, offset: int, fact: SessionFact) -> bool:
    """Fold one fact; of two that follow one command the first wins.

    Returns:
        Whether it changed anything; an offset that was folded before never does.
    """
    if offset < state.folded_to:
        return False
    state.folded_to = offset + 1
    if fact.broadcast != state.broadcast or fact.id in state.followed:
        return False
    if isinstance(fact, OBSERVED):
        return False
    state.followed.add(fact.id)
    if not _fold(state, fact):
        return False
    state.position, state.at = offset + 1, fact.at
    return True


def _fold(state: Session, fact: SessionFact) -> bool:
    match fact:
        case PresentationStarted(slot=str() as slot) if state.current is None:
            if state.is_done(slot):
                return False
            state.runs[slot] = _begin(slot, fact)
            state.current = slot
            return True
        case SlotSkipped(slot=str() as slot) if slot not in state.runs:
            state.skipped[slot] = fact.reason
            return True
        case SlotRestored(slot=str() as slot) if slot in state.skipped:
            del state.skipped[slot]
            return True
        case _:
            run = state.run
            return run is not None and fact.slot == run.slot and _turn(state, run, fact)


def _begin(slot: str, fact: PresentationStarted) -> Run:
    return Run(
        slot=slot,
        group=fact.group,
        unit=fact.unit,
        allotted_ms=fact.allotted_ms,
        warning_ms=fact.warning_ms,
        started_at=fact.started_at,
        warn_at=fact.warn_at,
        ends_at=fact.ends_at,
        has_microphone=fact.microphone,
        warning=DueWarning(max(fact.warn_at, fact.started_at), fact.id),
    )


def _turn(state: Session, run: Run, fact: SessionFact) -> bool:
    match fact:
        case PresentationPaused() if run.paused_at is None:
            run.paused_at = run.ends_at - fact.remaining_ms
        case PresentationResumed() if run.paused_at is not None:
            run.paused_ms += fact.ends_at - run.ends_at
            run.paused_at = None
            _move_end(run, fact)
        case TimeAdded():
            run.added_ms += fact.added_ms
            _move_end(run, fact)
            if fact.added_ms > 0 and run.ordered_open:
                run.ordered_open = None
        case MicrophoneOrdered():
            is_over = run.paused_at is None and fact.at >= run.ends_at
            run.ordered_open = None if fact.is_open and not is_over else fact.is_open
        case PresentationFinished():
            run.finished_at, run.used_ms = fact.at, fact.used_ms
            state.current = None
        case _:
            return False
    return True


def _move_end(run: Run, fact: PresentationResumed | TimeAdded) -> None:
    """Set a new end, and a new warning: unless one was given and no more than that is left."""
    run.warn_at, run.ends_at = fact.warn_at, fact.ends_at
    if run.warning is not None or run.remaining_ms(fact.at) > run.warning_ms:
        run.warning = DueWarning(max(fact.warn_at, fact.at), fact.id)


def warn(state: Session, fact: WarningGiven) -> bool:
    """Fold that a warning was given; of two that say it the first counts.

    One for a limit that is no more was given all the same, and the one that is due still is.

    Returns:
        Whether it is news.
    """
    run = state.runs.get(fact.slot or "")
    if run is None or (run.warned is not None and fact.planned_at <= run.warned.planned_at):
        return False
    run.warned = Warned(fact.planned_at, fact.sent_at)
    if run.warning is not None and fact.planned_at >= run.warning.planned_at:
        run.warning = None
    return True
