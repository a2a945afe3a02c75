"""Push as its viewers see it: real WebSocket clients, a real log."""

import asyncio
import json
import time

import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from schemas.addresses import KafkaAddress
from schemas.topics import Topic
from streams.log.kafka import KafkaLog
from streams.log.topics import ensure_topics
from streams.push.config import PushConfig
from streams.push.serve import serve
from streams.tokens import issue
from tests.support.broker import embedded_broker
from tests.support.log_reader import whole_log
from tests.support.outage import broker_behind_a_wire
from tests.support.ports import free_port
from tests.support.push import (
    CHANNEL,
    SECRET,
    ask,
    fed,
    push_process,
    running_push,
    said,
    until_ready,
    viewer,
)


async def test_a_viewer_gets_a_snapshot_and_then_the_log_s_own_bytes(log: KafkaAddress) -> None:
    async with running_push(log) as push, viewer(push, CHANNEL) as connection:
        empty = {"type": "snapshot", "channel": CHANNEL, "seq": 0, "data": None}
        assert await said(connection) == empty
        value = await push.board(7)
        whole = f'{{"type":"update","channel":"{CHANNEL}","seq":7,"data":{value.decode()}}}'
        async with asyncio.timeout(15):
            while await connection.recv() != whole:
                pass


async def test_what_was_said_before_push_started_is_known_to_it(log: KafkaAddress) -> None:
    async with fed(log, 0) as before:
        for seq in (5, 9, 7):
            await before.board(seq)
    async with running_push(log) as push:
        await push.until('boards_total{outcome="known"}', 1)
        async with viewer(push, CHANNEL) as connection:
            assert (await said(connection))["seq"] == 9


async def test_an_older_board_is_never_shown(log: KafkaAddress) -> None:
    async with running_push(log) as push, viewer(push, CHANNEL) as connection:
        await push.board(5)
        assert [(await said(connection))["seq"] for _ in range(2)] == [0, 5]
        for seq in (4, 5, 6):
            await push.board(seq)
        assert (await said(connection))["seq"] == 6


async def test_who_reconnects_misses_nothing_and_sees_nothing_twice(log: KafkaAddress) -> None:
    seen: list[int] = []
    async with running_push(log) as push:
        for written in range(0, 50, 5):
            async with viewer(push, CHANNEL) as connection:
                message = await said(connection)
                assert message["type"] == "snapshot"
                assert not seen or message["seq"] >= seen[-1]
                while message["seq"] < written:
                    message = await said(connection)
                seen.append(message["seq"])
                for seq in range(written + 1, written + 4):
                    await push.board(seq)
                    seen.append((await said(connection, "update"))["seq"])
            for seq in range(written + 4, written + 6):
                await push.board(seq)
    while_there = [seq for start in range(0, 50, 5) for seq in range(start, start + 4)]
    assert seen == while_there


async def test_channels_are_told_apart_and_can_be_left(log: KafkaAddress) -> None:
    other = "board:satisfaction:autumn"
    async with running_push(log) as push, viewer(push, CHANNEL, other) as connection:
        assert [(await said(connection))["channel"] for _ in range(2)] == [CHANNEL, other]
        await ask(connection, unsubscribe=[CHANNEL], time=1)
        await said(connection, "time")
        await push.board(5)
        await push.board(6, "satisfaction:autumn")
        assert (await said(connection))["channel"] == other


async def test_the_clock_is_told_first_and_whenever_it_is_asked(log: KafkaAddress) -> None:
    async with running_push(log) as push, connect(push.live) as connection:
        first = orjson.loads(await connection.recv())
        assert first.keys() == {"type", "now"}
        assert abs(first["now"] - time.time() * 1000) < 5_000
        await ask(connection, time=12.5)
        while "echo" not in (answer := await said(connection, "time")):
            pass
        assert answer["echo"] == 12.5


async def test_a_token_is_checked_and_its_role_is_said(log: KafkaAddress) -> None:
    async with running_push(log) as push, viewer(push) as connection:
        await ask(connection, token=issue(SECRET, "operator", int(time.time())))
        assert await said(connection) == {"type": "role", "role": "operator"}
        await ask(connection, token=issue(b"another", "operator", int(time.time())))
        assert (await said(connection))["reason"] == "bad_token"


async def test_a_board_that_cannot_be_read_is_named_by_its_position_and_skipped(
    log: KafkaAddress,
) -> None:
    async with running_push(log) as push, viewer(push, CHANNEL) as connection:
        unreadable = (b"\xff\xfe", b"{", b"[]", b'{"board":7,"seq":1}', b'{"board":"x","seq":1}')
        for value in (*unreadable, b'{"board":"satisfaction:spring","seq":"8"}'):
            await push.log.send(Topic.BOARDS, value)
        await push.board(8)
        assert [(await said(connection))["seq"] for _ in range(2)] == [0, 8]
        assert await push.figure('boards_total{outcome="unreadable"}') == 6
        assert await positions_of_dead_letters(log, 6) == [("boards", 0, n) for n in range(6)]


async def positions_of_dead_letters(log: KafkaAddress, number: int) -> list[tuple[str, int, int]]:
    async with asyncio.timeout(15):
        while True:
            letters = [
                orjson.loads(record.value or b"")
                for record in await whole_log(log)
                if record.topic == Topic.DEAD_LETTERS
            ]
            if len(letters) >= number:
                return [(each["topic"], each["partition"], each["offset"]) for each in letters]


async def test_the_boards_of_groups_go_out_too(log: KafkaAddress) -> None:
    group = "presentations:departments"
    async with running_push(log) as push, viewer(push, f"board:{group}", CHANNEL) as connection:
        await push.board(5, group)
        await push.board(6)
        assert [(await said(connection))["seq"] for _ in range(4)] == [0, 0, 5, 6]


async def test_when_push_stops_it_closes_on_everyone_with_service_restart(
    log: KafkaAddress,
) -> None:
    async with running_push(log) as push:
        connections = [await connect(push.live) for _ in range(20)]
    for connection in connections:
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                await connection.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012


async def test_who_does_not_say_goodbye_does_not_hold_push_up(log: KafkaAddress) -> None:
    async with running_push(log) as push:
        reader, writer = await asyncio.open_connection("127.0.0.1", push.port)
        writer.write(handshake())
        await reader.readuntil(b"\r\n\r\n")
        began = time.monotonic()
    assert time.monotonic() - began < 5
    writer.close()


def handshake() -> bytes:
    lines = (
        "GET /live HTTP/1.1",
        "Host: 127.0.0.1",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    )
    return "\r\n".join((*lines, "", "")).encode()


async def test_push_says_what_is_where_on_its_port(log: KafkaAddress) -> None:
    async with running_push(log) as push, viewer(push, CHANNEL) as connection:
        await said(connection)
        assert await push.get("/healthz") == (200, '{"ok":true}')
        assert (await push.get("/"))[0] == 404
        status, sentence = await push.get("/live")
        assert status == 426
        assert "WebSocket client" in sentence
        assert await push.figure("viewers") == 1
        assert await push.figure("subscriptions") == 1
        assert await push.figure("messages_total") >= 1


async def test_viewers_are_told_when_the_log_falls_silent_and_when_it_is_back() -> None:
    with broker_behind_a_wire() as (kafka, wire):
        await ensure_topics(KafkaLog(kafka))
        async with running_push(kafka) as push, viewer(push, CHANNEL) as connection:
            await push.board(5)
            assert (await said(connection, "update"))["seq"] == 5
            wire.freeze()
            while (silent := await said(connection, "status"))["log"] != "silent":
                pass
            assert abs(silent["since"] - time.time() * 1000) < 15_000
            status, body = await push.get("/healthz")
            assert status == 503
            assert "nothing heard from the log" in json.loads(body)["problems"][0]
            async with viewer(push, CHANNEL) as newcomer:
                assert (await said(newcomer, "status"))["log"] == "silent"
                assert (await said(newcomer, "snapshot"))["seq"] == 5
            wire.mend()
            assert (await said(connection, "status"))["log"] == "heard"
            await until_ready(push)
            async with viewer(push, CHANNEL) as newcomer:
                assert (await said(newcomer))["type"] == "snapshot"


async def test_viewers_are_told_when_boards_are_no_longer_said_again(log: KafkaAddress) -> None:
    async with running_push(log, boards_silent_s=1.0) as push, viewer(push, CHANNEL) as connection:
        await push.board(5)
        while (status := await said(connection, "status"))["boards"] != "silent":
            pass
        assert status["log"] == "heard"
        assert (await push.get("/healthz"))[0] == 200
        await push.board(5)
        assert (await said(connection, "status"))["boards"] == "heard"


async def test_push_starts_before_the_log_and_says_so() -> None:
    kafka = KafkaAddress(f"127.0.0.1:{free_port()}")
    async with running_push(kafka, ready=False) as push, viewer(push) as connection:
        assert (await said(connection, "status"))["log"] == "silent"
        assert (await push.get("/healthz"))[0] == 503
        with embedded_broker(int(kafka.bootstrap.rpartition(":")[2])):
            assert (await said(connection, "status"))["log"] == "heard"
            await until_ready(push)


async def test_a_port_that_is_taken_ends_the_role(log: KafkaAddress) -> None:
    async with running_push(log) as push:
        config = PushConfig("127.0.0.1", push.port, log, SECRET)
        with pytest.raises(OSError, match="in use"):
            await serve(config, asyncio.Event())


async def test_after_a_kill_viewers_come_back_to_the_newest_board(log: KafkaAddress) -> None:
    port = free_port()
    async with fed(log, port) as push:
        with push_process(log, port) as process:
            await until_ready(push)
            async with viewer(push, CHANNEL) as connection:
                await push.board(5)
                assert (await said(connection, "update"))["seq"] == 5
                process.kill()
                with pytest.raises(ConnectionClosed):
                    await said(connection, "update")
        await push.board(6)
        with push_process(log, port):
            await until_ready(push)
            async with viewer(push, CHANNEL) as connection:
                assert (await said(connection))["seq"] == 6
