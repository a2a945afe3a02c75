"""Commands and facts of the rundown (topic `sessions`): what an operator asked, what happened.

A fact names the command that it follows; of two facts for one command the first wins.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.broadcasts import Slot, Words
from schemas.ids import Id, Millis

CommandName = Literal[
    "start_presentation",
    "pause_presentation",
    "resume_presentation",
    "add_time",
    "finish_presentation",
    "move_on",
    "skip_slot",
    "restore_slot",
    "cut_microphone",
    "restore_microphone",
    "change_rundown",
]
DeviceState = Literal["answers", "silent", "by_hand"]
SimulatedAs = Literal["well", "slow", "silent", "gone"]
ScreenView = Literal["clock", "lowerthird", "board", "slides", "own"]
EVERY_SCREEN = "all"
# What fits a row of the operator's list; the pages' own rule has the same (static/js/screen.js)
LONGEST_SCREEN_NAME = 40
# Far above what is drawn of a deck (MOST_PAGES of dashboards.decks.draw): it only bounds the number
LAST_PAGE = 10_000
# No measured reason: far more than hang in a hall; each that was told something is in every state
# that is sent, and each report of one makes a list of all for every operator
MOST_SCREENS = 200


class SessionMessage(Struct, frozen=True, tag_field="type", kw_only=True):
    """What every message of `sessions` has; `id` names the command.

    `after` is the position of the last decision that a fact was judged by: one that was judged by
    an older state has no effect.
    """

    at: Millis
    by: str = ""
    id: str
    broadcast: Id
    slot: Id | None = None
    after: int | None = None


class SessionCommand(SessionMessage, frozen=True, tag="session_command"):
    """An operator's wish.

    `if_seq` is the number of the last decision that the operator saw: after another one it is
    refused. `broadcasts_to` is how far the console had folded `broadcasts`.
    """

    command: CommandName
    added_ms: int | None = None
    reason: str | None = None
    slots: list[Slot] | None = None
    if_seq: int | None = None
    broadcasts_to: int = 0


class PresentationStarted(SessionMessage, frozen=True, tag="presentation_started"):
    """The clock runs: when it must warn, when it must end; a break has no microphone."""

    started_at: Millis
    warn_at: Millis
    ends_at: Millis
    allotted_ms: int
    warning_ms: int
    group: Id | None = None
    unit: Id | None = None
    microphone: bool = True


class PresentationPaused(SessionMessage, frozen=True, tag="presentation_paused"):
    """The clock stands and the microphone is off, with this much left."""

    remaining_ms: int


class PresentationResumed(SessionMessage, frozen=True, tag="presentation_resumed"):
    """The clock runs again, to a new end."""

    warn_at: Millis
    ends_at: Millis


class TimeAdded(SessionMessage, frozen=True, tag="time_added"):
    """Added time (negative takes some away), and the new end; while paused the new rest."""

    added_ms: int
    warn_at: Millis
    ends_at: Millis
    remaining_ms: int | None = None
    reason: str = ""


class PresentationFinished(SessionMessage, frozen=True, tag="presentation_finished"):
    """The presentation is over: time used within the limit, left, and over it, ms."""

    used_ms: int
    left_ms: int
    overtime_ms: int


class SlotSkipped(SessionMessage, frozen=True, tag="slot_skipped"):
    """The slot is passed over."""

    reason: str = ""


class SlotRestored(SessionMessage, frozen=True, tag="slot_restored"):
    """A slot that was skipped is to come after all."""

    reason: str = ""


class RundownChanged(SessionMessage, frozen=True, tag="rundown_changed"):
    """The whole running order from now on, until a file is loaded with another one.

    It was judged by `broadcasts` up to `broadcasts_to`; what is loaded after that goes before it.
    """

    slots: list[Slot]
    broadcasts_to: int
    reason: str = ""


class MicrophoneOrdered(SessionMessage, frozen=True, tag="microphone_ordered"):
    """The operator cut the microphone, or opened it again and said why."""

    is_open: bool
    reason: str = ""


class CommandRefused(SessionMessage, frozen=True, tag="command_refused"):
    """The rules did not allow a command, and why."""

    reason: str
    detail: str = ""


class MicrophoneOpened(SessionMessage, frozen=True, tag="microphone_opened"):
    """A device read back that its microphone is open; `confirmed_at` is None when it did not.

    `id` is `COMMAND:DEVICE:open:PLANNED_AT`, so what two controllers say of one deed is one.
    """

    device: str
    sent_at: Millis
    confirmed_at: Millis | None
    attempts: int
    planned_at: Millis | None = None


class MicrophoneCut(SessionMessage, frozen=True, tag="microphone_cut"):
    """A device read back that its microphone is off; how late is confirmed_at - planned_at.

    `id` is `COMMAND:DEVICE:cut:PLANNED_AT`.
    """

    device: str
    planned_at: Millis
    sent_at: Millis
    confirmed_at: Millis | None
    attempts: int


class WarningGiven(SessionMessage, frozen=True, tag="warning_given"):
    """A stage controller gave the warning: when it was due, and when it was given.

    `id` is `COMMAND:warning:PLANNED_AT`, so what two controllers say of one warning is one.
    """

    planned_at: Millis
    sent_at: Millis


class DeviceReported(SessionMessage, frozen=True, tag="device_reported"):
    """A stage controller says of a device that it answers, is silent, or was changed by hand.

    `simulated` says how one behaves that is no device at all; of a real one it is None.
    """

    device: str
    controller: str
    state: DeviceState
    is_open: bool | None = None
    simulated: SimulatedAs | None = None


class TriggerFired(SessionMessage, frozen=True, tag="trigger_fired"):
    """A stage controller gave a cue to a trigger of the settings, at `sent_at`.

    `cue` is the id that the receiver is told. The first of a cue's and a trigger's `trigger_fired`
    and `trigger_taken` says which controller gives it, and the next ones at once.
    """

    cue: str
    trigger: str
    controller: str
    sent_at: Millis


class TriggerTaken(SessionMessage, frozen=True, tag="trigger_taken"):
    """A stage controller heard of nobody who gave a cue to a trigger, and gives it now."""

    cue: str
    trigger: str
    controller: str


class PageTurned(SessionMessage, frozen=True, tag="page_turned"):
    """A slot's slides show this page, from 1 on."""

    page: Annotated[int, Meta(ge=1, le=LAST_PAGE)]


class ScreenTold(SessionMessage, frozen=True, tag="screen_told"):
    """An operator told a screen (or `all`) something; what is None stays as it is.

    An empty `message` takes the last one away, the view `own` gives the screen its own one back.
    """

    screen: Annotated[str, Meta(min_length=1, max_length=LONGEST_SCREEN_NAME)]
    message: Words | None = None
    blink: bool = False
    blackout: bool | None = None
    view: ScreenView | None = None


SessionFact = (
    PresentationStarted
    | PresentationPaused
    | PresentationResumed
    | TimeAdded
    | PresentationFinished
    | SlotSkipped
    | SlotRestored
    | RundownChanged
    | MicrophoneOrdered
    | CommandRefused
    | MicrophoneOpened
    | MicrophoneCut
    | WarningGiven
    | DeviceReported
    | TriggerFired
    | TriggerTaken
    | PageTurned
    | ScreenTold
)
SessionsMessage = SessionCommand | SessionFact
