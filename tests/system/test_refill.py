import struct
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from aiokafka import AIOKafkaProducer

from schemas.addresses import ClickHouseAddress, KafkaAddress
from schemas.facts import LogOpened
from schemas.tables import VERSIONS, scripts
from schemas.topics import Topic
from schemas.wire import decode, encode
from streams.log.kafka import KafkaLog
from streams.log.replay import replay
from streams.log.topics import ensure_topics
from tests.support.analyst_evening import load
from tests.support.broker import shared_log
from tests.support.clickhouse import embedded_clickhouse
from tribune.restore.archived import Archive, Fact
from tribune.restore.check import CannotRefill
from tribune.restore.refill import ends_of, refill

Partition = tuple[Topic, int]
Log = dict[Partition, list[Fact]]

AT = 1_795_348_800_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with embedded_clickhouse(tmp_path_factory.mktemp("clickhouse")) as running:
        yield running.address.url


@asynccontextmanager
async def empty_log() -> AsyncGenerator[KafkaAddress]:
    broker = shared_log()
    await ensure_topics(KafkaLog(broker))
    yield broker


class Store:
    """An archive's tables in a database of their own."""

    def __init__(self, url: str, database: str) -> None:
        self.address = ClickHouseAddress(url, database=database)
        self.archive = Archive(self.address)
        urlopen(Request(url, b"CREATE DATABASE " + database.encode())).read()

    def make_tables(self) -> None:
        for statement in (VERSIONS, *(text for each in scripts() for text in each.statements)):
            self.ask(statement.encode())

    def keep(self, log: Log) -> None:
        rows = b"".join(
            _row(topic, number, fact) for (topic, number), facts in log.items() for fact in facts
        )
        self.ask(b"INSERT INTO log_rows FORMAT RowBinary\n" + rows)

    def ask(self, body: bytes) -> None:
        urlopen(Request(f"{self.address.url}/?database={self.address.database}", body)).read()


def _row(topic: Topic, partition: int, fact: Fact) -> bytes:
    place = struct.pack("<HQq", partition, fact.offset, fact.at)
    return (
        _text(topic.encode())
        + place
        + _nullable(fact.key)
        + _nullable(fact.value)
        + (_text(b"") + struct.pack("<q", AT))
    )


def _nullable(value: bytes | None) -> bytes:
    return b"\x01" if value is None else b"\x00" + _text(value)


def _text(value: bytes) -> bytes:
    assert len(value) < 1 << 14
    low, high = len(value) & 0x7F, len(value) >> 7
    return (bytes([low | 0x80, high]) if high else bytes([low])) + value


@pytest.fixture
def store(server: str, request: pytest.FixtureRequest) -> Store:
    return Store(server, request.node.name.lower())


async def written(broker: KafkaAddress) -> Log:
    """Everything in the log's facts."""
    log: Log = {}
    async with replay(KafkaLog(broker)) as reader:
        ends = await ends_of(reader)
        for (topic, number), end in ends.items():
            async for _, records in reader.read(topic, {number: (0, end)}):
                facts = log.setdefault((topic, number), [])
                facts += [Fact(one.offset, one.at, one.key, one.value) for one in records]
    return log


async def write(broker: KafkaAddress, log: Log) -> None:
    """Write facts into a log, as they were."""
    producer = AIOKafkaProducer(**broker.producer_options())
    await producer.start()
    for (topic, number), facts in log.items():
        for one in facts:
            await producer.send(
                broker.topic(topic), one.value, key=one.key, partition=number, timestamp_ms=one.at
            )
    await producer.stop()


def some_facts() -> Log:
    votes = {
        (Topic.VOTES, number): [
            Fact(offset, AT + offset, None, b"frame %d of %d" % (offset, number))
            for offset in range(number * 40)
        ]
        for number in range(1, 8)
    }
    odd = [b"\xff\xfe not text \x00", b"", b"x" * 10_000, "满意".encode(), b"last"]
    questions = [Fact(at, AT + at, b"q%d" % at, value) for at, value in enumerate(odd)]
    opened = encode(LogOpened(at=AT, by="refill", incarnation=4))
    broadcasts = [
        Fact(0, AT, None, opened),
        Fact(1, AT + 1, b"county", b"{}"),
        Fact(2, AT + 2, b"county", None),
    ]
    return votes | {(Topic.QUESTIONS, 0): questions, (Topic.BROADCASTS, 0): broadcasts}


async def test_every_fact_goes_back_to_its_offset_byte_for_byte(
    store: Store, tmp_path: Path
) -> None:
    wanted = some_facts()
    store.make_tables()
    store.keep(wanted)
    store.keep(wanted)
    async with empty_log() as broker:
        count = await refill(broker, store.archive, tmp_path / "incarnation")
        found = await written(broker)
    opening = found[Topic.BROADCASTS, 0].pop()
    assert found == wanted
    assert count == sum(map(len, wanted.values()))
    fact = decode(opening.value, LogOpened)
    assert (opening.offset, fact.incarnation) == (3, 5)
    assert fact.votes_to == {str(number): number * 40 for number in range(8)}


async def test_a_log_without_an_archive_is_the_first_incarnation(
    store: Store, tmp_path: Path
) -> None:
    async with empty_log() as broker:
        assert await refill(broker, store.archive, tmp_path / "incarnation") == 0
        [opening] = (await written(broker))[Topic.BROADCASTS, 0]
    assert decode(opening.value, LogOpened).incarnation == 1


async def test_an_incarnation_is_never_used_twice_although_its_opening_got_lost(
    store: Store, tmp_path: Path
) -> None:
    (tmp_path / "incarnation").write_text("7\n")
    async with empty_log() as broker:
        await refill(broker, store.archive, tmp_path / "incarnation")
        [opening] = (await written(broker))[Topic.BROADCASTS, 0]
    assert decode(opening.value, LogOpened).incarnation == 8
    assert (tmp_path / "incarnation").read_text() == "8\n"


async def test_an_archive_with_a_hole_is_refused_and_the_hole_named(
    store: Store, tmp_path: Path
) -> None:
    facts = some_facts()
    del facts[Topic.VOTES, 3][17]
    store.make_tables()
    store.keep(facts)
    async with empty_log() as broker:
        with pytest.raises(CannotRefill, match=r"votes, partition 3.* missing has offset 17\."):
            await refill(broker, store.archive, tmp_path / "incarnation")
        assert await written(broker) == {}


async def test_what_was_broken_off_goes_on_where_the_log_ends(store: Store, tmp_path: Path) -> None:
    wanted = some_facts()
    store.make_tables()
    store.keep(wanted)
    half = {place: facts[: len(facts) // 2] for place, facts in wanted.items()}
    async with empty_log() as broker:
        await write(broker, half)
        missing = sum(map(len, wanted.values())) - sum(map(len, half.values()))
        assert await refill(broker, store.archive, tmp_path / "incarnation") == missing
        found = await written(broker)
    opening = found[Topic.BROADCASTS, 0].pop()
    assert found == wanted
    assert decode(opening.value, LogOpened).incarnation == 5


async def test_what_the_log_holds_more_than_the_archive_stays(store: Store, tmp_path: Path) -> None:
    wanted = some_facts()
    store.make_tables()
    store.keep({place: facts[:2] for place, facts in wanted.items()})
    async with empty_log() as broker:
        await write(broker, wanted)
        assert await refill(broker, store.archive, tmp_path / "incarnation") == 0
        found = await written(broker)
    found[Topic.BROADCASTS, 0].pop()
    assert found == wanted


async def test_an_archive_of_another_log_is_refused(store: Store, tmp_path: Path) -> None:
    store.make_tables()
    store.keep(some_facts())
    async with empty_log() as broker:
        other = {(Topic.VOTES, 2): [Fact(0, AT, None, b"another evening")]}
        await write(broker, other)
        with pytest.raises(CannotRefill, match=r"votes, partition 2: the fact at offset 0 is anot"):
            await refill(broker, store.archive, tmp_path / "incarnation")
        assert await written(broker) == other


async def test_a_log_that_is_not_empty_is_not_restored_into(store: Store, tmp_path: Path) -> None:
    async with empty_log() as broker:
        held = {(Topic.VOTES, 2): [Fact(0, AT, None, b"already here")]}
        await write(broker, held)
        with pytest.raises(
            CannotRefill, match=r"is not empty: \S+votes, partition 2 holds 1 facts"
        ):
            await refill(broker, store.archive, tmp_path / "incarnation", must_be_empty=True)
        assert await written(broker) == held


async def test_an_archive_that_holds_facts_but_gives_none_is_refused(
    store: Store, tmp_path: Path
) -> None:
    store.make_tables()
    store.keep(some_facts())
    store.ask(b"DROP VIEW log")
    async with empty_log() as broker:
        with pytest.raises(CannotRefill, match=r"holds rows \(.* in log_rows.*\), but its `log`"):
            await refill(broker, store.archive, tmp_path / "incarnation")
        assert await written(broker) == {}


async def test_an_archive_whose_final_board_is_another_one_than_its_facts_give_is_refused(
    store: Store, tmp_path: Path
) -> None:
    load(store.address)
    falsified = b"replaceRegexpOne(value, '\"ballots\":\\\\d+', '\"ballots\":1')"
    store.ask(
        b"ALTER TABLE board_versions UPDATE value = " + falsified + b" WHERE 1 "
        b"SETTINGS mutations_sync = 2"
    )
    async with empty_log() as broker:
        with pytest.raises(
            CannotRefill, match=r"final board is not what(.|\n)*ballots is 1 on the"
        ):
            await refill(broker, store.archive, tmp_path / "incarnation")
        assert await written(broker) == {}
