"""What a viewer may say: `subscribe`, `unsubscribe`, `token`, `time`, `screen` (pure)."""

from typing import Annotated

from msgspec import Meta, Struct

from schemas.ids import Id
from schemas.wire import Unreadable, convert, parse

MOST_NAMES = 64  # as many as one connection may follow (`Limits.subscriptions`)
KEYS = frozenset({"token", "subscribe", "unsubscribe", "time", "screen"})

Names = Annotated[list[str], Meta(max_length=MOST_NAMES)]


Word = Annotated[str, Meta(min_length=1, max_length=40)]


class ScreenReport(Struct, frozen=True):
    """What a screen says of itself: `seq` is that of the session it shows.

    `lead_ms` is how far its clock is from the one that deadlines are written in, give or take
    `doubt_ms`.
    """

    broadcast: Id
    name: Word
    page: Word
    view: Word
    seq: Annotated[int, Meta(ge=0)]
    lead_ms: int = 0
    doubt_ms: Annotated[int, Meta(ge=0)] = 0


class Ask(Struct, frozen=True):
    """One message of a viewer; several wishes may stand in one."""

    token: str | None = None
    unsubscribe: Names = []
    subscribe: Names = []
    time: int | float | None = None
    screen: ScreenReport | None = None


def read_ask(text: bytes) -> Ask:
    """Read a viewer's message.

    Raises:
        Unreadable: it is none; the reason says why, and quotes nothing.
    """
    parsed = parse(text)
    if not isinstance(parsed, dict) or not KEYS & parsed.keys():
        raise Unreadable(
            "a message is a JSON object with subscribe, unsubscribe, token, time or screen"
        )
    return convert(parsed, Ask)
