"""The recount from ClickHouse sees what differs, and nothing else."""

import asyncio
from collections.abc import Iterator
from itertools import count

import pytest

from schemas.addresses import ClickHouseAddress
from schemas.ballots import Ballot, encode_frame
from schemas.topics import Topic
from streams.archive.batches import tell_apart
from streams.archive.store import Store
from streams.log.interface import Record
from tests.support.analyst_evening import CLOSED, ROUND, load
from tests.support.archive import ask
from tests.support.clickhouse import EmbeddedClickHouse, embedded_clickhouse
from tribune.proof import reconcile as recount
from tribune.proof.reconcile import reconcile

EVENINGS = count(1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedClickHouse]:
    with embedded_clickhouse(tmp_path_factory.mktemp("clickhouse")) as running:
        yield running


@pytest.fixture(scope="module")
def evening(server: EmbeddedClickHouse) -> ClickHouseAddress:
    """An evening that tests only add to."""
    return _loaded(server)


@pytest.fixture
def spoilt(server: EmbeddedClickHouse) -> ClickHouseAddress:
    """An evening of the test's own."""
    return _loaded(server)


def _loaded(server: EmbeddedClickHouse) -> ClickHouseAddress:
    address = ClickHouseAddress(server.address.url, database=f"evening_{next(EVENINGS)}")
    load(address)
    return address


async def test_ballots_after_the_board_s_positions_do_not_count(
    evening: ClickHouseAddress,
) -> None:
    late = [Ballot(ROUND, "housing", (9_000 + n) << 40, 3, CLOSED, "web") for n in range(500)]
    end = int(await ask(evening, "SELECT max(offset) + 1 FROM votes WHERE partition = 0"))
    message = Record(Topic.VOTES, 0, end, CLOSED, None, encode_frame(CLOSED, late))
    store = Store(evening, 10)
    await asyncio.to_thread(store.insert, tell_apart([message], 0), CLOSED)
    await asyncio.to_thread(store.close)
    report = await reconcile(evening, None)
    assert report.ok, report.summary
    assert [found.round for found in report.rounds] == [ROUND]
    assert report.rounds[0].ballots == 10_845


async def test_a_ballot_that_is_gone_or_changed_is_found(spoilt: ClickHouseAddress) -> None:
    gone = "ALTER TABLE vote_rows DELETE WHERE unit = 'water' AND voter % 97 = 0"
    changed = (
        "ALTER TABLE vote_rows UPDATE choice = 'not_satisfied' "
        "WHERE unit = 'culture' AND choice = 'satisfied' AND voter % 97 = 1"
    )
    for statement in (gone, changed):
        await ask(spoilt, f"{statement} SETTINGS mutations_sync = 2")
    report = await reconcile(spoilt, ROUND)
    assert not report.ok
    fields = {(found.unit, found.field) for found in report.rounds[0].differences}
    assert {("water", "ballots"), ("water", "counts"), ("culture", "counts")} <= fields
    assert ("culture", "ballots") not in fields
    assert ("housing", "counts") not in fields
    assert "water: ballots is 1332 on the board" in report.summary


async def test_a_board_ahead_of_the_archive_is_no_difference_but_said(
    spoilt: ClickHouseAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recount, "ARCHIVED_WITHIN_S", 0.0)
    end = int(await ask(spoilt, "SELECT max(offset) FROM log WHERE topic = 'votes'"))
    for table in ("log_rows", "vote_rows"):
        delete = f"ALTER TABLE {table} DELETE WHERE offset = {end} SETTINGS mutations_sync = 2"
        await ask(spoilt, delete)
    report = await reconcile(spoilt, ROUND)
    assert not report.ok
    assert "is the archive well?" in report.summary


async def test_a_round_without_a_board_is_said(evening: ClickHouseAddress) -> None:
    report = await reconcile(evening, "unknown")
    assert not report.ok
    assert "unknown: no board in ClickHouse" in report.summary
