"""Whatever is in the log is on the board: all of it, once."""

import json
import signal

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.addresses import KafkaAddress
from schemas.broadcasts import Text, Unit
from schemas.topics import Topic
from tests.support.evening import Evening, ends_of
from tests.support.workers import Workers


async def test_what_was_cast_before_a_worker_started_is_counted(
    round_: Evening, workers: Workers
) -> None:
    await round_.cast_for(0.5)
    workers.start()
    board = await round_.await_exact()
    assert board["status"] == "live"


async def test_what_is_cast_while_it_runs_is_counted(round_: Evening, workers: Workers) -> None:
    workers.start()
    await round_.cast_for(2)
    board = await round_.await_exact()
    assert any(row["status"] == "ranked" for row in board["rows"])


async def test_a_worker_that_was_killed_leaves_nothing_out_and_counts_nothing_twice(
    round_: Evening, workers: Workers
) -> None:
    worker = workers.start()
    await round_.cast_for(1)
    worker.end(signal.SIGKILL)
    await round_.cast_for(0.5)
    workers.start()
    await round_.cast_for(0.5)
    await round_.await_exact()


async def test_two_whole_workers_of_two_groups_agree_to_the_byte(
    round_: Evening, workers: Workers
) -> None:
    one, other = workers.start("one", ready=False), workers.start("other", ready=False)
    one.await_ready()
    other.await_ready()
    await round_.cast_for(3)
    await round_.close()
    await round_.await_board(status="final")
    await round_.await_exact()
    assert one.metric("tribune_boards_said_total") > 5
    assert other.metric("tribune_boards_said_total") > 5


async def test_a_round_is_provisional_then_final_and_a_straggler_corrects_it(
    round_: Evening, workers: Workers
) -> None:
    workers.start()
    await round_.cast_for(0.5)
    await round_.close()
    await round_.await_board(status="provisional")
    final = await round_.await_board(status="final")
    await round_.cast(1)
    corrected = await round_.await_board(status="corrected")
    assert corrected["seq"] > final["seq"]
    await round_.await_exact()


async def test_a_round_that_reopens_is_not_final_and_one_that_was_closed_without_a_worker_will_be(
    round_: Evening, workers: Workers
) -> None:
    await round_.cast_for(0.3)
    await round_.close()
    await round_.reopen()
    await round_.cast_for(0.3)
    await round_.close()
    workers.start()
    await round_.await_board(status="final")
    await round_.await_exact()


async def test_a_unit_that_is_added_on_the_air_gets_its_row(
    round_: Evening, workers: Workers
) -> None:
    workers.start()
    await round_.cast_for(0.5)
    await round_.load(Unit("late", 99, "township", Text(en="Late")))
    await round_.cast(40, unit="late")
    board = await round_.await_exact()
    assert "late" in {row["unit"] for row in board["rows"]}


async def test_a_frame_that_cannot_be_read_blocks_nothing_and_is_named_once(
    round_: Evening, workers: Workers, address: KafkaAddress
) -> None:
    bodies = (b"{", b'{"type":"ballots_cast","at":1,"b":[["secret"]]}', b"null")
    spoilt = [f"votes/2/{await round_.write_raw(2, body)}" for body in bodies]
    worker = workers.start()
    spoilt.append(f"votes/2/{await round_.write_raw(2, b'[]')}")
    await round_.cast_for(0.5)
    await round_.await_exact()
    worker.end(signal.SIGKILL)
    workers.start()
    spoilt.append(f"votes/2/{await round_.write_raw(2, b'7')}")
    letters = await letters_until(address, spoilt[-1])
    assert sorted(key for key, _ in letters if key in spoilt) == sorted(spoilt)
    assert not any(b"secret" in value for _, value in letters)


async def letters_until(address: KafkaAddress, last: str) -> list[tuple[str, bytes]]:
    """Every dead letter up to the one with a key, and those that stand right after it."""
    consumer = AIOKafkaConsumer(**address.client_options(), auto_offset_reset="earliest")
    await consumer.start()
    try:
        place = TopicPartition(Topic.DEAD_LETTERS, 0)
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


async def test_a_worker_stops_in_a_moment_and_hands_over(round_: Evening, workers: Workers) -> None:
    worker = workers.start()
    await round_.cast_for(0.5)
    assert worker.end(signal.SIGTERM, within_s=2) == 0
    await round_.cast_for(0.3)
    workers.start()
    await round_.await_exact()


async def test_what_is_said_is_said_again_although_nothing_changes(
    round_: Evening, workers: Workers, address: KafkaAddress
) -> None:
    workers.start()
    await round_.cast(50)
    board = await round_.await_exact()
    said, tallies = len(round_.boards), (await ends_of(address, Topic.TALLIES))[0]
    await round_.await_said(said + 1, within_s=7)
    assert json.loads(round_.boards[-1]) == board
    assert (await ends_of(address, Topic.TALLIES))[0] >= tallies + 9


@pytest.mark.parametrize("count", [0, 1])
async def test_a_round_without_ballots_has_a_board_as_soon_as_it_opens(
    round_: Evening, workers: Workers, count: int
) -> None:
    await round_.cast(count)
    workers.start()
    board = await round_.await_exact()
    assert [row["status"] for row in board["rows"]] == ["below_minimum"] * 8
