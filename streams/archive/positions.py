"""Where the archive goes on in each partition of the log; pure (docs/decisions/0006)."""

from typing import NamedTuple

from schemas.catalogue import CATALOGUE, FACT_TOPICS
from streams.log.interface import Place

PLACES: tuple[Place, ...] = tuple(
    (topic, number)
    for topic, entry in CATALOGUE.items()
    if entry.table
    for number in range(entry.partitions)
)


class AnotherLog(RuntimeError):
    """The log is shorter than what ClickHouse holds of it, or begins later: it is not the same."""


class Position(NamedTuple):
    """How far ClickHouse holds a partition, and where its last insert began: from there again."""

    again_from: int
    next_offset: int


def go_on(
    place: Place, log_has: range, archived: Position | None, read_to: int | None, back: int
) -> int:
    """The offset to read next; `read_to` is how far this process has read, None at its start.

    Facts go on at ClickHouse's last insert, and none may be missing. What is derived is kept for
    an hour only and is dear to nobody after: it goes on `back` messages before the end at most.

    Raises:
        AnotherLog: the log does not hold what comes next.
    """
    topic, number = place
    if topic not in FACT_TOPICS:
        wanted = log_has.stop - back if read_to is None else read_to
        return min(max(wanted, log_has.start), log_has.stop)
    held = archived or Position(0, 0)
    wanted = held.again_from if read_to is None else read_to
    if log_has.start <= wanted and max(wanted, held.next_offset) <= log_has.stop:
        return wanted
    raise AnotherLog(
        f"{topic}, partition {number}: ClickHouse holds it to offset {held.next_offset:,}, but the "
        f"log has {log_has.start:,} to {log_has.stop:,}: it is another log, or a part of it is gone"
    )
