"""The names of channels: `board:ID`, `session:BROADCAST`, `questions:BROADCAST`."""

import re

from agents.reducers.boards import KINDS, id_of, kind_of
from schemas.ids import ID_PATTERN

_ID = ID_PATTERN.removeprefix("^").removesuffix("$")
_BOARDS = [kind.channel("") for kind in KINDS.values()]
_CHANNEL = re.compile(f"(?:{'|'.join([*_BOARDS, 'session:', 'screens:'])}){_ID}")


def board_channel(board: str) -> str:
    """The channel of a board: `board:satisfaction:ROUND`, or one of its own name."""
    kind = kind_of(board)
    return kind.channel(id_of(board)) if kind else f"board:{board}"


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
