"""The archive on the embedded broker and the embedded ClickHouse: all of it, and nothing twice."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest
from aiohttp import ClientSession
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.addresses import ClickHouseAddress, KafkaAddress
from schemas.ballots import Ballot, encode_frame
from schemas.dead_letters import DeadLetter
from schemas.topics import Topic
from schemas.wire import encode
from streams.archive.batches import tell_apart
from streams.archive.positions import AnotherLog
from streams.archive.serve import serve
from streams.archive.store import Store
from streams.log.interface import Record
from tests.support.archive import (
    archive_config,
    archiving,
    ask,
    frames,
    until_answer,
    write,
)
from tests.support.broker import embedded_broker
from tests.support.clickhouse import EmbeddedClickHouse, embedded_clickhouse
from tests.support.slow_proxy import slow_proxy

COUNTS = "SELECT (SELECT count() FROM votes), (SELECT uniqExact(voter) FROM votes)"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedClickHouse]:
    with embedded_clickhouse(tmp_path_factory.mktemp("clickhouse")) as running:
        yield running


@pytest.fixture
def archive(server: EmbeddedClickHouse, request: pytest.FixtureRequest) -> ClickHouseAddress:
    """A database of the test's own."""
    name = f"archive_{abs(hash(request.node.name)) % 10**9}"
    return replace(server.address, database=name)


async def test_every_fact_is_archived_as_it_is_and_ballots_are_unfolded(
    log: KafkaAddress, archive: ClickHouseAddress
) -> None:
    ballots = [
        Ballot("r", "housing", (1 << 60) - 1, 0, 1_789_999_999_123, "wechat:county"),
        Ballot("r", "住建", 0, 4, 1_790_000_000_456, "partner:网"),
    ]
    frame = encode_frame(1_790_000_001_000, ballots)
    async with archiving(archive_config(log, archive)):
        await write(log, [(Topic.VOTES, 7, frame)])
        await until_answer(archive, "SELECT count() FROM votes", "2")
    assert await ask(archive, "SELECT * EXCEPT received_at FROM votes ORDER BY item") == (
        f"r\thousing\t{(1 << 60) - 1}\tvery_satisfied\t2026-09-21 14:13:19.123\twechat:county"
        "\t7\t0\t0\n"
        "r\t住建\t0\tnot_applicable\t2026-09-21 14:13:20.456\tpartner:网\t7\t0\t1"
    )
    assert await ask(archive, "SELECT * EXCEPT (at, archived_at) FROM log FORMAT TSVRaw") == (
        f"votes\t7\t0\tkey\t{frame.decode()}\t"
    )


async def test_a_ballot_is_queryable_within_two_seconds(
    log: KafkaAddress, archive: ClickHouseAddress
) -> None:
    async with archiving(archive_config(log, archive)):
        await write(log, frames(8, each=1))
        await until_answer(archive, "SELECT count() FROM votes", "8")
        for number in range(5):
            await write(log, frames(1, each=1, first=8 + number))
            await until_answer(archive, "SELECT count() FROM votes", str(9 + number), within_s=2)


async def test_an_unreadable_message_lands_raw_in_the_log_and_nowhere_else(
    log: KafkaAddress, archive: ClickHouseAddress
) -> None:
    good = frames(1, each=3)[0][2]
    bad = [
        b"not json \xff\x00",
        b'{"type":"ballots_cast","at":1,"b":[["r","u",1,9,1,"web"]]}',
        b'{"type":"ballots_cast","at":1,"b":[["r","u",1,1,1,"web"],["r","u",true,1,1,"web"]]}',
        None,
    ]
    sent = [(Topic.VOTES, 0, value) for value in (*bad, good)]
    sent += [(topic, 0, b"{}") for topic in (Topic.SESSIONS, Topic.SCORES, Topic.QUESTIONS)]
    async with archiving(archive_config(log, archive)):
        await write(log, sent)
        await until_answer(archive, "SELECT count() FROM votes", "3")
        await until_answer(archive, "SELECT count() FROM log", "8")
        letters = (
            "SELECT groupArray((topic, offset)) FROM (SELECT * FROM dead_letters ORDER BY 1, 2, 3)"
        )
        wanted = "[('questions',0),('scores',0),('sessions',0),"
        wanted += "('votes',0),('votes',1),('votes',2),('votes',3)]"
        await until_answer(archive, letters, wanted)
    raw = await ask(
        archive, "SELECT hex(assumeNotNull(value)) FROM log WHERE topic = 'votes' AND offset = 0"
    )
    assert bytes.fromhex(raw) == bad[0]
    for view in ("presentations", "cues", "scores", "questions", "session_facts"):
        assert await ask(archive, f"SELECT count() FROM {view}") == "0"


async def test_a_message_is_dead_lettered_once_however_often_it_is_read(
    log: KafkaAddress, archive: ClickHouseAddress
) -> None:
    await write(log, [(Topic.VOTES, 3, b"unreadable")])
    for _ in range(2):
        async with archiving(archive_config(log, archive)):
            await until_answer(archive, "SELECT count() FROM dead_letters", "1")
    async with archiving(archive_config(log, archive)):
        await write(log, frames(1, each=1))
        await until_answer(archive, "SELECT count() FROM votes", "1")
    letters = await ask(archive, "SELECT offset, by FROM dead_letters")
    assert letters == "0\tarchive"
    assert await _end(log, Topic.DEAD_LETTERS) == 1


async def test_the_same_batch_again_changes_nothing(archive: ClickHouseAddress) -> None:
    store = Store(archive, 10)
    messages = [
        Record(topic, partition, offset, 1_790_000_000_000, None, value)
        for offset, (topic, partition, value) in enumerate(frames(20))
    ]
    messages += [
        Record(Topic.BOARDS, 0, 0, 0, None, b'{"board":"b","seq":7,"rows":[]}'),
        Record(Topic.DEAD_LETTERS, 0, 0, 0, None, encode(DeadLetter("votes", 1, 2, "r", "x", 0))),
    ]
    counts = (
        "SELECT (SELECT count() FROM log), (SELECT count() FROM votes), "
        "(SELECT count() FROM votes_current), (SELECT count() FROM boards), "
        "(SELECT count() FROM dead_letters)"
    )
    await asyncio.to_thread(store.prepare)
    for at in (1, 2, 3):
        await asyncio.to_thread(store.insert, tell_apart(messages, 0), at)
        assert await ask(archive, counts) == "20\t200\t200\t1\t1"
    assert await asyncio.to_thread(store.prepare) == []
    store.close()


async def test_the_latest_ballot_of_a_voter_is_current(
    log: KafkaAddress, archive: ClickHouseAddress
) -> None:
    def frame(*ballots: tuple[str, int, int]) -> bytes:
        cast = [Ballot("r", unit, 8, choice, at, "web") for unit, choice, at in ballots]
        return encode_frame(5, cast)

    sent = [
        frame(("a", 0, 100), ("b", 0, 100), ("c", 0, 100), ("c", 3, 100)),
        frame(("a", 1, 200), ("b", 1, 100)),
        frame(("a", 2, 150), ("b", 2, 99)),
    ]
    async with archiving(archive_config(log, archive)):
        await write(log, [(Topic.VOTES, 0, value) for value in sent])
        await until_answer(archive, "SELECT count() FROM votes", "8")
    current = "SELECT unit, choice, toUnixTimestamp64Milli(created_at), offset, item "
    current += "FROM votes_current ORDER BY unit"
    assert await ask(archive, current) == (
        "a\tsatisfied\t200\t1\t0\nb\tsatisfied\t100\t1\t1\nc\tnot_satisfied\t100\t0\t3"
    )


async def test_boards_are_kept_by_name_and_number(
    log: KafkaAddress, archive: ClickHouseAddress
) -> None:
    def board(seq: int, score: int | None) -> bytes:
        rank = "null" if score is None else "1"
        counts = "null" if score is None else '{"very_satisfied":3,"not_applicable":1}'
        interval = "null" if score is None else "[9000,9999]"
        return (
            f'{{"board":"satisfaction:r","seq":{seq},"as_of":1790000000000,"status":"live",'
            '"formula":{"id":"satisfaction","version":1},'
            '"positions":{"votes":{"0":12,"7":3},"broadcasts":{"0":7}},"round":"r",'
            f'"broadcast":"b","minimum_ballots":3,"rows":[{{"unit":"u","rank":{rank},'
            f'"rank_from":{rank},"rank_to":{rank},"score":{score or "null"},'
            f'"interval":{interval},"counts":{counts},"rated":3,"ballots":4,"status":"ranked"}}]}}'
        ).encode()

    again = [(Topic.BOARDS, 0, board(seq, score)) for seq, score in ((1, None), (2, 9500))]
    async with archiving(archive_config(log, archive)):
        await write(log, again * 3)
        await until_answer(archive, "SELECT groupArray(seq) FROM boards", "[1,2]")
    async with archiving(archive_config(log, archive)):
        await write(log, again)
    assert await ask(archive, "SELECT count(), sum(seq) FROM boards") == "2\t3"
    rows = "SELECT seq, unit, place, rank, score, low, high, very_satisfied, satisfied, ballots "
    rows += "FROM board_rows ORDER BY seq"
    assert await ask(archive, rows) == (
        "1\tu\t1\t\\N\t\\N\t\\N\t\\N\t\\N\t\\N\t4\n2\tu\t1\t1\t9500\t9000\t9999\t3\t0\t4"
    )
    stands = "SELECT positions['votes']['7'], formula, formula_version, status FROM boards LIMIT 1"
    assert await ask(archive, stands) == "3\tsatisfaction\t1\tlive"


async def test_nothing_is_lost_or_doubled_when_clickhouse_is_killed_and_comes_back(
    log: KafkaAddress, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with embedded_clickhouse(tmp_path_factory.mktemp("killed")) as server:
        async with archiving(archive_config(log, server.address)):
            await write(log, frames(100))
            await until_answer(server.address, COUNTS, "1000\t1000")
            server.kill()
            await write(log, frames(200, first=100))
            server.start()
            await write(log, frames(100, first=300))
            await until_answer(server.address, COUNTS, "4000\t4000")
        assert await ask(server.address, "SELECT count() FROM log") == "400"


async def test_an_answer_that_comes_too_late_doubles_nothing(
    log: KafkaAddress, archive: ClickHouseAddress
) -> None:
    async with (
        slow_proxy(archive) as proxy,
        archiving(archive_config(log, proxy.address, insert_timeout_s=4)),
    ):
        await write(log, frames(10))
        await until_answer(archive, COUNTS, "100\t100")
        proxy.answering.clear()
        await write(log, frames(10, first=10))
        await until_answer(archive, COUNTS, "200\t200")
        async with asyncio.timeout(30):
            while proxy.held_back < 2:
                await asyncio.sleep(0.05)
        proxy.answering.set()
        await write(log, frames(10, first=20))
        await until_answer(archive, COUNTS, "300\t300")


async def test_an_orderly_stop_writes_everything_that_the_log_holds(
    log: KafkaAddress, archive: ClickHouseAddress
) -> None:
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(archive_config(log, archive, linger_ms=60_000), stop))
    await until_answer(archive, "SELECT count() FROM schema_versions FINAL", "2")
    await write(log, frames(500))
    stop.set()
    await serving
    assert await ask(archive, COUNTS) == "5000\t5000"


async def test_an_insert_that_was_cut_in_half_is_made_whole_at_the_next_start(
    log: KafkaAddress, archive: ClickHouseAddress
) -> None:
    async with archiving(archive_config(log, archive)):
        await write(log, frames(80))
        await until_answer(archive, COUNTS, "800\t800")
    for table in ("vote_rows", "current_rows"):
        await ask(archive, f"TRUNCATE TABLE {table}")
    await ask(
        archive, "ALTER TABLE log_rows UPDATE archived_at = 0 WHERE 1 SETTINGS mutations_sync=2"
    )
    async with archiving(archive_config(log, archive)):
        await until_answer(archive, COUNTS, "800\t800")
        await until_answer(archive, "SELECT count() FROM votes_current", "800")


async def test_no_more_is_read_than_two_batches_ahead_while_clickhouse_is_away(
    log: KafkaAddress, archive: ClickHouseAddress
) -> None:
    config = archive_config(log, archive, batch_messages=10, insert_timeout_s=1)
    async with (
        slow_proxy(archive) as proxy,
        archiving(replace(config, clickhouse=proxy.address)),
    ):
        await write(log, frames(8))
        await until_answer(archive, "SELECT count() FROM log", "8")
        proxy.answering.clear()
        await write(log, frames(800, first=8))
        health = await _until_health_says(config.health_port, "ClickHouse has taken nothing")
        assert "does not answer" in health
        metrics = await _metrics(config.health_port)
        async with asyncio.timeout(20):
            while metrics["tribune_archive_behind_messages"] < 400:
                metrics = await _metrics(config.health_port)
        assert metrics["tribune_archive_oldest_unarchived_seconds"] > 0
        proxy.answering.set()
        await until_answer(archive, "SELECT count() FROM log", "808")
        await _until_health_says(config.health_port, '{"ok": true}')
    metrics_batches = "SELECT max(rows) FROM (SELECT count() AS rows FROM log GROUP BY archived_at)"
    assert int(await ask(archive, metrics_batches)) < 800


async def test_another_log_than_the_one_archived_is_refused(
    log: KafkaAddress, archive: ClickHouseAddress
) -> None:
    async with archiving(archive_config(log, archive)):
        await write(log, frames(8))
        await until_answer(archive, "SELECT count() FROM log", "8")
    with embedded_broker() as empty, pytest.raises(AnotherLog, match="it is another log"):
        await asyncio.wait_for(serve(archive_config(empty, archive), asyncio.Event()), 20)


async def test_the_archive_waits_for_servers_that_are_not_there_yet(
    log: KafkaAddress, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("late")
    with embedded_clickhouse(folder) as server:
        server.kill()
        config = archive_config(log, server.address)
        async with archiving(config):
            await write(log, frames(8))
            await _until_health_says(config.health_port, "ClickHouse has taken nothing")
            server.start()
            await until_answer(server.address, COUNTS, "80\t80")


async def _end(kafka: KafkaAddress, topic: Topic) -> int:
    consumer: AIOKafkaConsumer = AIOKafkaConsumer(**kafka.client_options())
    await consumer.start()
    try:
        partition = TopicPartition(kafka.topic(topic), 0)
        return (await consumer.end_offsets([partition]))[partition]
    finally:
        await consumer.stop()


async def _get(port: int, path: str) -> tuple[int, str]:
    async with ClientSession() as http, http.get(f"http://127.0.0.1:{port}{path}") as answer:
        return answer.status, await answer.text()


async def _metrics(port: int) -> dict[str, float]:
    lines = (await _get(port, "/metrics"))[1].splitlines()
    pairs = [line.rsplit(" ", 1) for line in lines if not line.startswith("#")]
    return {name: float(value) for name, value in pairs}


async def _until_health_says(port: int, said: str) -> str:
    text = ""
    async with asyncio.timeout(20):
        while said not in text:
            try:
                text = (await _get(port, "/healthz"))[1]
            except OSError:
                text = ""
            await asyncio.sleep(0.05)
    return text
