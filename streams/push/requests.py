"""What a viewer may ask: `{"subscribe": [...]}`, `unsubscribe`, `token`, `time` (pure)."""

from typing import Annotated

from msgspec import Meta, Struct

from schemas.wire import Unreadable, convert, parse

MOST_NAMES = 64
KEYS = frozenset({"token", "subscribe", "unsubscribe", "time"})

Names = Annotated[list[str], Meta(max_length=MOST_NAMES)]


class Ask(Struct, frozen=True):
    """One message of a viewer; several wishes may stand in one."""

    token: str | None = None
    unsubscribe: Names = []
    subscribe: Names = []
    time: int | float | None = None


def read_ask(text: bytes) -> Ask:
    """Read a viewer's message.

    Raises:
        Unreadable: it is none; the reason says why, and quotes nothing.
    """
    parsed = parse(text)
    if not isinstance(parsed, dict) or not KEYS & parsed.keys():
        raise Unreadable("a message is a JSON object with subscribe, unsubscribe, token or time")
    return convert(parsed, Ask)
