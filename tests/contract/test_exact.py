"""Whatever is in the log is on the board: all of it, once."""

import json
import signal

from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.addresses import KafkaAddress
from schemas.broadcasts import Text, Unit
from schemas.topics import Topic
from tests.support.evening import Evening, ends_of
from tests.support.workers import Worker, Workers


async def test_what_was_cast_before_a_worker_started_is_counted(
    round_: Evening, standing: Workers
) -> None:
    await round_.cast_for(0.5)
    standing.start("standing0")
    board = await round_.await_exact()
    assert board["status"] == "live"


async def test_a_round_has_a_board_as_soon_as_it_opens(round_: Evening, worker: Worker) -> None:
    board = await round_.await_board(within_s=5)
    assert [row["status"] for row in board["rows"]] == ["below_minimum"] * 8
    await round_.await_exact()


async def test_what_is_cast_while_a_worker_runs_is_counted(round_: Evening, worker: Worker) -> None:
    await round_.cast_for(2)
    board = await round_.await_exact(within_s=5)
    assert any(row["status"] == "ranked" for row in board["rows"])


async def test_two_whole_workers_of_two_groups_agree_to_the_byte(
    round_: Evening, worker: Worker, workers: Workers
) -> None:
    other, before = workers.start("another-group"), worker.metric("tribune_boards_said_total")
    await round_.cast_for(2)
    await round_.close()
    await round_.await_board(status="final")
    await round_.await_exact()
    assert worker.metric("tribune_boards_said_total") > before + 5
    assert other.metric("tribune_boards_said_total") > 5


async def test_a_round_is_provisional_then_final_and_a_straggler_corrects_it(
    round_: Evening, worker: Worker
) -> None:
    await round_.cast_for(0.5)
    await round_.close()
    await round_.await_board(status="provisional", within_s=1)
    final = await round_.await_board(status="final", within_s=4)
    await round_.cast(1)
    corrected = await round_.await_board(status="corrected", within_s=2)
    assert corrected["seq"] > final["seq"]
    await round_.await_exact()


async def test_a_round_that_reopens_is_not_final(round_: Evening, worker: Worker) -> None:
    await round_.cast_for(0.3)
    await round_.close()
    await round_.await_board(status="provisional")
    await round_.reopen()
    await round_.cast_for(2.5)
    board = await round_.await_exact()
    assert board["status"] == "live"


async def test_a_unit_that_is_added_on_the_air_gets_its_row(
    round_: Evening, worker: Worker
) -> None:
    await round_.cast_for(0.5)
    await round_.load(Unit("late", 99, "township", Text(en="Late")))
    await round_.cast(40, unit="late")
    board = await round_.await_exact()
    assert "late" in {row["unit"] for row in board["rows"]}


async def test_what_is_said_is_said_again_although_nothing_changes(
    round_: Evening, worker: Worker, address: KafkaAddress
) -> None:
    await round_.cast(50)
    board = await round_.await_exact()
    said, tallies = len(round_.boards), (await ends_of(address, Topic.TALLIES))[0]
    await round_.await_said(said + 1, within_s=7)
    assert json.loads(round_.boards[-1]) == board
    assert (await ends_of(address, Topic.TALLIES))[0] >= tallies + 9


async def test_a_worker_stops_in_a_moment_and_another_takes_over(
    round_: Evening, worker: Worker, standing: Workers
) -> None:
    await round_.cast_for(0.5)
    assert worker.end(signal.SIGTERM, within_s=5) == 0
    await round_.cast_for(0.3)
    standing.start(worker.group)
    await round_.await_exact()


async def test_a_round_closed_while_no_worker_ran_becomes_final_and_spoilt_frames_are_named(
    round_: Evening, worker: Worker, standing: Workers, address: KafkaAddress
) -> None:
    spoilt = [await spoil(round_, body) for body in (b"{", SECRET, b"null")]
    await round_.cast_for(0.5)
    await round_.await_exact()
    worker.end(signal.SIGKILL)
    spoilt.append(await spoil(round_, b"[]"))
    await round_.close()
    standing.start("after-a-kill")
    spoilt.append(await spoil(round_, b"7"))
    await round_.await_board(status="final")
    await round_.await_exact()
    letters = await letters_until(address, spoilt[-1])
    assert [key for key, _ in letters if key in spoilt] == spoilt
    assert not any(b"secret" in value for _, value in letters)


SECRET = b'{"type":"ballots_cast","at":1,"b":[["secret"]]}'


async def spoil(round_: Evening, body: bytes) -> str:
    return f"votes/2/{await round_.write_raw(2, body)}"


async def letters_until(address: KafkaAddress, last: str) -> list[tuple[str, bytes]]:
    """Every dead letter up to the one with a key, and those that stand right after it."""
    consumer = AIOKafkaConsumer(**address.client_options(), auto_offset_reset="earliest")
    await consumer.start()
    try:
        place = TopicPartition(address.topic(Topic.DEAD_LETTERS), 0)
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        found: list[tuple[str, bytes]] = []
        async for record in consumer:
            found.append((record.key.decode(), record.value))
            if record.key.decode() == last:
                return found
        return found
    finally:
        await consumer.stop()
