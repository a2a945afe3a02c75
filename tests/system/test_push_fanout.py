"""One board to many: in order, compressed once, and nobody waits for who does not read."""

import asyncio
import socket
import time

import orjson
import psutil
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

from schemas.addresses import KafkaAddress
from tests.support.ports import free_port
from tests.support.push import (
    CHANNEL,
    Push,
    ask,
    fed,
    push_process,
    running_push,
    said,
    until_ready,
    viewer,
)

KILOBYTE = "satisfied " * 100
STALLED, BOARDS, BOARD_KB = 20, 120, 60


async def test_who_does_not_read_costs_bounded_memory_and_delays_nobody(log: KafkaAddress) -> None:
    port = free_port()
    with push_process(log, port) as process:
        async with fed(log, port) as push, viewer(push, CHANNEL) as quick:
            await until_ready(push)
            stalled = [await stalled_viewer(push) for _ in range(STALLED)]
            before = psutil.Process(process.pid).memory_info().rss
            worst_s = 0.0
            for seq in range(1, BOARDS + 1):
                began = time.monotonic()
                await push.board(seq, filler=KILOBYTE * BOARD_KB)
                while (await said(quick))["seq"] != seq:
                    pass
                worst_s = max(worst_s, time.monotonic() - began)
            grown = psutil.Process(process.pid).memory_info().rss - before
            assert await push.figure("skipped_total") > STALLED * BOARDS / 2
            seen = await read_until(stalled[0], BOARDS)
    queued = STALLED * BOARDS * BOARD_KB * 1000
    assert grown < 24_000_000 < queued / 5
    assert worst_s < 5
    assert seen == sorted(set(seen))
    assert len(seen) < BOARDS / 4
    for each in stalled:
        each.close()


async def stalled_viewer(push: Push) -> socket.socket:
    """A viewer that follows the channel, with a small buffer, and reads nothing."""
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    one.connect(("127.0.0.1", push.port))
    one.setblocking(False)
    loop = asyncio.get_running_loop()
    request = (
        "GET /live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    await loop.sock_sendall(one, request.encode())
    answer = b""
    while b'"now"' not in answer:
        answer += await loop.sock_recv(one, 4_096)
    wish = orjson.dumps({"subscribe": [CHANNEL]})
    await loop.sock_sendall(one, bytes((0x81, 0x80 | len(wish), 0, 0, 0, 0)) + wish)
    return one


async def read_until(one: socket.socket, seq: int) -> list[int]:
    """The numbers of the boards that a viewer gets, when it reads at last."""
    loop = asyncio.get_running_loop()
    data = b""
    async with asyncio.timeout(30):
        while b'"seq":%d,' % seq not in data[-100_000:]:
            data += await loop.sock_recv(one, 1 << 20)
    heads = data.split(b'"type":"')[1:]
    return [int(head.split(b'"seq":')[1].split(b",")[0]) for head in heads if b'"seq":' in head]


@pytest.mark.parametrize(
    ("options", "is_small"),
    [
        ({"compression": None}, False),
        ({"compression": "deflate"}, True),
        ({"compression": None, "extensions": [ClientPerMessageDeflateFactory()]}, True),
        (
            {
                "compression": None,
                "extensions": [ClientPerMessageDeflateFactory(server_max_window_bits=10)],
            },
            False,
        ),
    ],
    ids=["no extension", "deflate", "deflate, no window named", "a smaller window"],
)
async def test_who_agreed_on_compression_gets_the_same_in_fewer_bytes(
    log: KafkaAddress, options: dict[str, object], is_small: bool
) -> None:
    async with running_push(log) as push, viewer(push, CHANNEL, **options) as connection:
        assert (await said(connection))["seq"] == 0
        before = await push.figure("bytes_total")
        value = await push.board(5, filler=KILOBYTE * 20)
        message = await said(connection)
        assert message["data"] == orjson.loads(value)
        await connection.ping()
        assert (await push.figure("bytes_total") - before < len(value) / 10) is is_small


async def test_a_thousand_viewers_get_every_board_in_order(log: KafkaAddress) -> None:
    async with running_push(log, connections=1_000) as push:
        crowd: list[ClientConnection] = []
        for _ in range(10):
            crowd += await asyncio.gather(*(newcomer(push) for _ in range(100)))
        await push.until("viewers", 1_000)
        for seq in range(1, 6):
            await push.board(seq)
            told = await asyncio.gather(*(said(each) for each in crowd))
            assert {message["seq"] for message in told} == {seq}
        await asyncio.gather(*(each.close() for each in crowd))
        await push.until("viewers", 0)


async def newcomer(push: Push) -> ClientConnection:
    connection = await connect(push.live, compression=None, open_timeout=30)
    await ask(connection, subscribe=[CHANNEL])
    assert (await said(connection))["type"] == "snapshot"
    return connection
