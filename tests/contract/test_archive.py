"""The archive on both brokers: whatever is killed, every ballot is in ClickHouse once."""

import asyncio
from collections.abc import Iterator

import pytest

from schemas.addresses import KafkaAddress
from tests.support.archive import archive_config, archiving, ask, frames, until_answer, write
from tests.support.archive_process import start_archive
from tests.support.clickhouse import EmbeddedClickHouse, embedded_clickhouse

BALLOTS = "SELECT count(), uniqExact(voter) FROM votes WHERE round = '{round}'"
HOLES = """
SELECT sum(ends - held), sum(copies) FROM
(
    SELECT count() AS held, max(offset) + 1 AS ends, count() - uniqExact(offset) AS copies
    FROM log GROUP BY topic, partition
)
"""


@pytest.fixture
def clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedClickHouse]:
    with embedded_clickhouse(tmp_path_factory.mktemp("clickhouse")) as running:
        yield running


async def test_every_ballot_is_archived_once_through_an_orderly_restart(
    address: KafkaAddress, clickhouse: EmbeddedClickHouse
) -> None:
    counted = BALLOTS.format(round="orderly")
    async with archiving(archive_config(address, clickhouse.address)):
        await write(address, frames(200, round_id="orderly"))
        await until_answer(clickhouse.address, counted, "2000\t2000")
    async with archiving(archive_config(address, clickhouse.address)):
        await write(address, frames(200, first=200, round_id="orderly"))
        await until_answer(clickhouse.address, counted, "4000\t4000")
    assert await ask(clickhouse.address, HOLES) == "0\t0"


@pytest.mark.chaos
@pytest.mark.timeout(600)
@pytest.mark.long("eight kills of two servers, each started again under load")
async def test_kills_of_the_archive_and_of_clickhouse_change_no_number(
    address: KafkaAddress, clickhouse: EmbeddedClickHouse
) -> None:
    stop = asyncio.Event()
    written = 0

    async def keep_writing() -> None:
        nonlocal written
        while not stop.is_set():
            await write(address, frames(50, first=written, round_id="killed"))
            written += 50

    writing = asyncio.create_task(keep_writing())
    process = start_archive(address, clickhouse.address)
    try:
        for number in range(8):
            await until_answer(clickhouse.address, "SELECT count() > 0 FROM votes", "1")
            await asyncio.sleep(1.0 + 0.3 * number)
            process.kill()
            process.wait()
            if number % 2:
                clickhouse.kill()
                clickhouse.start()
            process = start_archive(address, clickhouse.address)
        clickhouse.kill()
        await asyncio.sleep(20)
        clickhouse.start()
        stop.set()
        await writing
        total = f"{written * 10}\t{written * 10}"
        await until_answer(clickhouse.address, BALLOTS.format(round="killed"), total, within_s=120)
        assert await ask(clickhouse.address, HOLES) == "0\t0"
        current = "SELECT count() FROM votes_current WHERE round = 'killed'"
        assert await ask(clickhouse.address, current) == str(written * 10)
        process.terminate()
        assert await asyncio.to_thread(process.wait, 20) == 0
    finally:
        stop.set()
        process.kill()
        process.wait()
        await asyncio.gather(writing, return_exceptions=True)
