"""What must hold before archived facts go back into a log: nothing is written otherwise."""

from collections.abc import Iterable, Mapping

from schemas.addresses import ClickHouseAddress
from schemas.topics import Topic
from streams.log.replay import Replay
from tribune.restore.archived import Archive, Held, QueryRefused

WAY_OUT = (
    "Bring back the data folder (or ClickHouse's tables) from a copy, or begin a new log: set "
    "`data` to another folder"
)


class CannotRefill(RuntimeError):
    """The log cannot be as it was; the text says what is missing and what to do."""


async def check_gives(archive: Archive, held: Iterable[Held]) -> None:
    """Refuse an archive whose tables hold rows, although its log gives no fact."""
    if any(entry.facts for entry in held):
        return
    if rows := await archive.rows():
        named = ", ".join(f"{count:,} in {table}" for table, count in rows.items())
        raise CannotRefill(
            f"the archive holds rows ({named}), but its `log` gives no fact: a log that "
            f"began empty now would contradict them. {WAY_OUT}"
        )


async def check_whole(archive: Archive, held: Iterable[Held]) -> None:
    """Refuse an archive with a hole: what is after it could not go back to its place."""
    for entry in held:
        if entry.facts != entry.next_offset:
            first = await archive.first_missing(entry.topic, entry.partition)
            raise CannotRefill(
                f"the archive holds {entry.facts:,} facts of {entry.topic}, partition "
                f"{entry.partition}, but the last one has offset {entry.next_offset - 1:,}: the "
                f"first that is missing has offset {first:,}. The facts after it cannot go back "
                f"to their places, and no number could be proved any more. {WAY_OUT}"
            )


async def check_same(
    reader: Replay, archive: Archive, held: Iterable[Held], ends: Mapping[tuple[Topic, int], int]
) -> None:
    """Refuse an archive of another log: the last fact that both have must be the same one."""
    for entry in held:
        last = min(ends[entry.topic, entry.partition], entry.next_offset) - 1
        if last < 0:
            continue
        ours = b""
        async for _, records in reader.read(entry.topic, {entry.partition: (last, last + 1)}):
            ours = records[-1].value
        if ours != await archive.value(entry.topic, entry.partition, last):
            raise CannotRefill(
                f"{entry.topic}, partition {entry.partition}: the fact at offset {last:,} is "
                "another one in the archive than in the log: they are not of the same log. Give "
                "this one the archive that belongs to it, or set `data` to another folder"
            )


async def check_finals(address: ClickHouseAddress) -> None:
    """Refuse an archive whose facts give another final result than the one that it published.

    Raises:
        QueryRefused: ClickHouse does not answer what is asked.
    """
    from tribune.lean import CLICKHOUSE_EXTRAS, do_without  # noqa: PLC0415 - seldom needed

    do_without(*CLICKHOUSE_EXTRAS)
    from clickhouse_connect.driver.exceptions import ClickHouseError  # noqa: PLC0415 - 0.3 s, both

    from tribune.proof.reconcile import reconcile  # noqa: PLC0415

    try:
        report = await reconcile(address, statuses=("final", "corrected"))
    except ClickHouseError as error:
        raise QueryRefused(str(error)) from error
    if not report.ok:
        raise CannotRefill(
            "a final board is not what the archived facts give:\n"
            f"{report.summary}\nNothing was written. {WAY_OUT}"
        )
