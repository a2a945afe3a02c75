"""One live broadcast as it stands: the session, the rundown, devices, groups and screens."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.reducers import marks, session
from agents.reducers.marks import GroupMarks
from agents.reducers.session import Session
from schemas.broadcasts import Broadcast, Slot
from schemas.scores import KeyPublished, Marking, ScoresFact
from schemas.sessions import (
    EVERY_SCREEN,
    MOST_SCREENS,
    CommandRefused,
    DeviceReported,
    MicrophoneCut,
    MicrophoneOpened,
    PageTurned,
    RundownChanged,
    ScreenTold,
    SessionFact,
    WarningGiven,
)


@dataclass(slots=True)
class DeviceRecord:
    """What is known of a device: its last confirmed or asked deed, and what was reported of it.

    A deed that was confirmed counts as it was first; `confirmed_again_at` is when the device, lost
    and put right since, last said the same. `by_hand_at` is when a hand last changed it.
    """

    deed: MicrophoneOpened | MicrophoneCut | None = None
    confirmed_again_at: int | None = None
    report: DeviceReported | None = None
    by_hand_at: int | None = None


@dataclass(slots=True)
class Screen:
    """What a screen was told last."""

    message: str = ""
    blink_at: int | None = None
    blackout: bool = False
    view: str | None = None


@dataclass(slots=True)
class LiveBroadcast:
    """Everything live of one broadcast.

    `broadcasts_position`, `sessions_position` and `scores_position` are after the last message that
    touched it, `at` is the newest time of these. `slots_at` is after the last load that changed the
    running order, `defined_at` after the last that changed anything, `decided_at` after the last
    decision in `sessions`; `decided_to` is the sum of the positions when it was folded here.
    `last` and `last_of_scores` are the newest things that somebody did, by topic.
    """

    id: str
    broadcast: Broadcast | None = None
    is_retired: bool = False
    session: Session = field(init=False)
    rundown: RundownChanged | None = None
    devices: dict[str, DeviceRecord] = field(default_factory=dict)
    cuts: dict[str, list[MicrophoneCut]] = field(default_factory=dict)
    groups: dict[str, GroupMarks] = field(default_factory=dict)
    screens: dict[str, Screen] = field(default_factory=dict)
    pages: dict[str, int] = field(default_factory=dict)
    last: SessionFact | None = None
    last_of_scores: ScoresFact | None = None
    broadcasts_position: int = 0
    sessions_position: int = 0
    scores_position: int = 0
    slots_at: int = 0
    defined_at: int = 0
    decided_at: int = 0
    decided_to: int = 0
    at: int = 0

    def __post_init__(self) -> None:
        self.session = Session(self.id)

    @property
    def slots(self) -> Sequence[Slot]:
        """The running order: as changed live, or as in a file that was loaded after that."""
        if self.rundown is not None and self.rundown.broadcasts_to >= self.slots_at:
            return self.rundown.slots
        return self.broadcast.slots if self.broadcast else ()

    @property
    def order(self) -> list[str]:
        """The ids of the running order."""
        return [slot.id for slot in self.slots]

    @property
    def marked_slots(self) -> set[str]:
        """The slots in which a mark was given, as far as marks are opened here."""
        return {slot for held in self.groups.values() for slot, _ in held.entries}

    @property
    def closed_groups(self) -> set[str]:
        """The groups whose marks nobody changes any more."""
        return {group for group, held in self.groups.items() if held.is_closed}

    @property
    def positions(self) -> int:
        """The sum of the positions that it stands on."""
        return self.broadcasts_position + self.sessions_position + self.scores_position

    @property
    def decision(self) -> int:
        """The number of the last decision: the same wherever it is folded."""
        return self.defined_at + self.decided_at


def load(state: LiveBroadcast, offset: int, broadcast: Broadcast) -> None:
    """Take a file that was loaded, for the first time or anew."""
    held = state.broadcast
    if held is None or held.slots != broadcast.slots:
        state.slots_at = offset + 1
    if held != broadcast:
        state.defined_at = offset + 1
    state.broadcast = broadcast


def retire(state: LiveBroadcast, offset: int) -> None:
    """Take that it is history."""
    state.is_retired, state.defined_at = True, offset + 1


def hear(state: LiveBroadcast, offset: int, fact: SessionFact) -> bool:
    """Fold one fact of `sessions`.

    Returns:
        Whether it had an effect; a refusal has none, nor has a second fact for one command, nor
        one that was judged by an older state: its numbers would be wrong.
    """
    if fact.after not in (None, state.decided_at):
        state.session.followed.add(fact.id)
        return False
    is_answered = fact.id in state.session.followed
    is_decision = session.step(state.session, offset, fact)
    if isinstance(fact, session.OBSERVED):
        return _observe(state, fact)
    match fact:
        case RundownChanged() if not is_answered:
            state.rundown, is_decision = fact, True
        case CommandRefused():
            state.last = fact
        case _:
            pass
    if is_decision:
        state.decided_at, state.last = offset + 1, fact
    return is_decision


def _observe(state: LiveBroadcast, fact: SessionFact) -> bool:
    """Fold what the stage, a device, a page or a screen says; nobody decided it."""
    match fact:
        case MicrophoneOpened() | MicrophoneCut():
            if isinstance(fact, MicrophoneCut) and fact.slot is not None:
                state.cuts.setdefault(fact.slot, []).append(fact)
            return _deed(state, fact)
        case WarningGiven():
            return session.warn(state.session, fact)
        case DeviceReported():
            return _report(state, fact)
        case PageTurned(slot=str() as slot):
            state.pages[slot] = fact.page
            return True
        case ScreenTold():
            return _tell(state, fact)
        case _:
            return False


def _deed(state: LiveBroadcast, fact: MicrophoneOpened | MicrophoneCut) -> bool:
    record = state.devices.setdefault(fact.device, DeviceRecord())
    held = record.deed
    if held is not None and held.id == fact.id:
        if held.confirmed_at is not None:
            return _confirm_again(record, held.confirmed_at, fact)
        if fact.confirmed_at is None:
            return False
    elif held is not None and held.sent_at > fact.sent_at:
        return False
    record.deed, record.confirmed_again_at = fact, None
    return True


def _confirm_again(
    record: DeviceRecord, first_at: int, fact: MicrophoneOpened | MicrophoneCut
) -> bool:
    last_at = record.confirmed_again_at or first_at
    if fact.confirmed_at is None or fact.confirmed_at <= last_at:
        return False
    record.confirmed_again_at = fact.confirmed_at
    return True


def _report(state: LiveBroadcast, fact: DeviceReported) -> bool:
    record = state.devices.setdefault(fact.device, DeviceRecord())
    if fact.state == "by_hand":
        record.by_hand_at = max(fact.at, record.by_hand_at or 0)
    if record.report is not None and record.report.at > fact.at:
        return False
    record.report = fact
    return True


def _tell(state: LiveBroadcast, fact: ScreenTold) -> bool:
    named = {fact.screen} if fact.screen != EVERY_SCREEN else {EVERY_SCREEN, *state.screens}
    for name in named:
        if name in state.screens or len(state.screens) < MOST_SCREENS:
            screen = state.screens.setdefault(name, _new_screen(state))
            _turn_screen(screen, fact)
    state.last = fact
    return True


def _new_screen(state: LiveBroadcast) -> Screen:
    """A screen that is named for the first time begins with what all were told."""
    every = state.screens.get(EVERY_SCREEN, Screen())
    return Screen(every.message, every.blink_at, every.blackout, every.view)


def _turn_screen(screen: Screen, fact: ScreenTold) -> None:
    if fact.message is not None:
        screen.message = fact.message
    if fact.blink:
        screen.blink_at = fact.at
    if fact.blackout is not None:
        screen.blackout = fact.blackout
    if fact.view is not None:
        screen.view = None if fact.view == "own" else fact.view


def score(state: LiveBroadcast, offset: int, fact: ScoresFact, marking: Marking | None) -> bool:
    """Fold one fact of `scores`; `marking` is what it seals, for who may open it.

    Marks move no position of the broadcast: who does not open them has the same numbers.

    Returns:
        Whether it changed anything.
    """
    group = state.groups.setdefault(fact.group, GroupMarks())
    if not marks.step(group, offset, fact, marking):
        return False
    if not marks.is_sealed(fact):
        state.scores_position, state.at = offset + 1, max(state.at, fact.at)
        if not isinstance(fact, KeyPublished):
            state.last_of_scores = fact
    return True
