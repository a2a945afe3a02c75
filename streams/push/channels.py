"""The names of channels: `board:ID`, `session:BROADCAST`, `questions:ID` (CONTRACT, Push)."""

import re

from schemas.ids import ID_PATTERN

_ID = ID_PATTERN.removeprefix("^").removesuffix("$")
_CHANNEL = re.compile(f"(?:board:(?:satisfaction|presentations)|session|screens|questions):{_ID}")


def board_channel(board: str) -> str:
    """The channel of a board: `board:satisfaction:ROUND`."""
    return f"board:{board}"


def session_channel(broadcast: str) -> str:
    """The channel of a broadcast's session: `session:BROADCAST`."""
    return f"session:{broadcast}"


def screens_channel(broadcast: str) -> str:
    """The channel of a broadcast's screens, which only operators follow: `screens:BROADCAST`."""
    return f"screens:{broadcast}"


def needs_operator(name: str) -> bool:
    """Whether only operators may follow a channel."""
    return name.startswith("screens:")


def is_channel(name: str) -> bool:
    """Whether a channel of this name can ever have something to say."""
    return _CHANNEL.fullmatch(name) is not None
