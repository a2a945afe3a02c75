"""What the API takes for a session: commands, what a screen is told, pages, running orders."""

from typing import Annotated

from msgspec import Meta, Struct

from schemas.broadcasts import Slot, Words
from schemas.ids import Id
from schemas.scores import LONGEST_REASON
from schemas.session_states import SessionState
from schemas.sessions import LAST_PAGE, CommandName, ScreenView

Reason = Annotated[str, Meta(max_length=LONGEST_REASON)]


class CommandOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """An operator's command; `slots` for `change_rundown`: the whole running order."""

    command: CommandName
    slot: Id | None = None
    added_ms: int | None = None
    reason: Reason | None = None
    slots: list[Slot] | None = None


class ScreenOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """What a screen is told; what is left out stays as it is."""

    message: Words | None = None
    blink: bool = False
    blackout: bool | None = None
    view: ScreenView | None = None


class PageOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """Which page a slot's slides show."""

    slot: Id
    page: Annotated[int, Meta(ge=1, le=LAST_PAGE)]


class DirectCut(Struct, frozen=True):
    """Which stage controllers took a cut that the log did not: by address."""

    stages: dict[str, bool]
    detail: str


class RundownOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """A whole running order."""

    slots: list[Slot]
    reason: Reason | None = None


class Rundown(Struct, frozen=True):
    """A broadcast's running order as it stands."""

    broadcast: Id
    seq: int
    slots: list[Slot]
    changes: list[str]


SESSION_SHAPES = (
    CommandOrder,
    DirectCut,
    PageOrder,
    Rundown,
    RundownOrder,
    ScreenOrder,
    SessionState,
)
