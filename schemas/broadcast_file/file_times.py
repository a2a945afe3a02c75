"""Times as people write them in a file: ISO 8601 with an offset, or milliseconds, never naive."""

from datetime import datetime

from schemas.broadcast_file.phrases import found, quote
from schemas.broadcast_file.tree import Node
from schemas.ids import LATEST_MS

# The year 2000: a time in seconds, a thousand times smaller, is known for one by it
EARLIEST_MS = 946_684_800_000
RULE = "write a time as 2026-12-18T20:00:00+08:00, or in milliseconds since the epoch"


class NoTime(ValueError):
    """It is no time; the text says why, and how to write one."""


def read_time(node: Node) -> int:
    """Read a time, in ms since the epoch, UTC.

    Raises:
        NoTime: it is none, or one without an offset, or one before the year 2000.
    """
    value = node.value
    if isinstance(value, int) and not isinstance(value, bool):
        return _in_range(value, node)
    if not isinstance(value, str):
        raise NoTime(f"must be a time, {found(node)}; {RULE}")
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        raise NoTime(f"{quote(node)} is no time; {RULE}") from None
    if time.tzinfo is None:
        how = "add the offset: +08:00 in China, Z for UTC"
        raise NoTime(f"{quote(node)} does not say in which time zone; {how}")
    return _in_range(round(time.timestamp() * 1000), node)


def _in_range(ms: int, node: Node) -> int:
    if EARLIEST_MS <= ms < LATEST_MS:
        return ms
    if EARLIEST_MS <= ms * 1000 < LATEST_MS:
        raise NoTime(f"{quote(node)} looks like seconds: add three zeros for milliseconds")
    raise NoTime(f"{quote(node)} is not in this millennium; {RULE}")
