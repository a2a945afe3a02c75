"""Commands and facts of the rundown (topic `sessions`): what an operator asked, what happened.

A fact names the command that it follows; of two facts for one command the first wins.
"""

from typing import Literal

from msgspec import Struct

from schemas.ids import Id, Millis

CommandName = Literal[
    "start_presentation",
    "pause_presentation",
    "resume_presentation",
    "add_time",
    "finish_presentation",
    "skip_slot",
    "cut_microphone",
    "restore_microphone",
]


class SessionMessage(Struct, frozen=True, tag_field="type", kw_only=True):
    """What every message of `sessions` has; `id` names the command."""

    at: Millis
    by: str = ""
    id: str
    broadcast: Id
    slot: Id | None = None


class SessionCommand(SessionMessage, frozen=True, tag="session_command"):
    """An operator's wish, with the sequence that the operator saw."""

    command: CommandName
    added_ms: int | None = None
    reason: str | None = None
    if_seq: int | None = None


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


class MicrophoneOrdered(SessionMessage, frozen=True, tag="microphone_ordered"):
    """The operator cut the microphone, or opened it again and said why."""

    is_open: bool
    reason: str = ""


class CommandRefused(SessionMessage, frozen=True, tag="command_refused"):
    """The rules did not allow a command, and why."""

    reason: str
    detail: str = ""


class MicrophoneOpened(SessionMessage, frozen=True, tag="microphone_opened"):
    """A device read back that its microphone is open; `confirmed_at` is None when it did not."""

    device: str
    sent_at: Millis
    confirmed_at: Millis | None
    attempts: int


class MicrophoneCut(SessionMessage, frozen=True, tag="microphone_cut"):
    """A device read back that its microphone is off; how late is confirmed_at - planned_at."""

    device: str
    planned_at: Millis
    sent_at: Millis
    confirmed_at: Millis | None
    attempts: int


SessionFact = (
    PresentationStarted
    | PresentationPaused
    | PresentationResumed
    | TimeAdded
    | PresentationFinished
    | SlotSkipped
    | MicrophoneOrdered
    | CommandRefused
    | MicrophoneOpened
    | MicrophoneCut
)
SessionsMessage = SessionCommand | SessionFact
