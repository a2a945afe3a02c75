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
    """The clock runs: when it must warn, and when it must end."""

    started_at: Millis
    warn_at: Millis
    ends_at: Millis


class PresentationPaused(SessionMessage, frozen=True, tag="presentation_paused"):
    """The clock stands, with this much left."""

    remaining_ms: int


class PresentationResumed(SessionMessage, frozen=True, tag="presentation_resumed"):
    """The clock runs again, to a new end."""

    warn_at: Millis
    ends_at: Millis


class TimeAdded(SessionMessage, frozen=True, tag="time_added"):
    """Added time (negative takes some away), and the new end."""

    added_ms: int
    warn_at: Millis
    ends_at: Millis


class PresentationFinished(SessionMessage, frozen=True, tag="presentation_finished"):
    """The presentation is over, and how long it took."""

    used_ms: int


class SlotSkipped(SessionMessage, frozen=True, tag="slot_skipped"):
    """The slot is passed over."""

    reason: str | None = None


class CommandRefused(SessionMessage, frozen=True, tag="command_refused"):
    """The rules did not allow a command, and why."""

    reason: str


class MicrophoneOpened(SessionMessage, frozen=True, tag="microphone_opened"):
    """A device read back that its microphone is open."""

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


SessionsMessage = (
    SessionCommand
    | PresentationStarted
    | PresentationPaused
    | PresentationResumed
    | TimeAdded
    | PresentationFinished
    | SlotSkipped
    | CommandRefused
    | MicrophoneOpened
    | MicrophoneCut
)
