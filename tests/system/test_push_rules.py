"""What push bears from its clients: broken frames, floods, stalls, foreign pages."""

import asyncio
import os
import random
import struct
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from schemas.addresses import KafkaAddress
from tests.support.push import CHANNEL, Push, ask, running_push, said, viewer

TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
FIN, RSV1 = 0x80, 0x40
HANDSHAKE = (
    b"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


def frame(opcode: int, payload: bytes = b"", *, first: int = FIN, masked: bool = True) -> bytes:
    """A client's frame, masked with zeros."""
    mask = 0x80 if masked else 0
    length = len(payload)
    size = bytes((mask | length,)) if length < 126 else struct.pack("!BH", mask | 126, length)
    return bytes((first | opcode,)) + size + (bytes(4) if masked else b"") + payload


@dataclass
class Wire:
    """A client that is no library: it sends what it likes."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def rest(self) -> bytes:
        """All that comes until push closes."""
        async with asyncio.timeout(15):
            try:
                return await self.reader.read()
            except ConnectionResetError:
                return b""

    async def close_code(self) -> int:
        """The code that push closes with."""
        data = await self.rest()
        at = data.rindex(bytes((FIN | CLOSE,)))
        return struct.unpack_from("!H", data, at + 2)[0]


@asynccontextmanager
async def wire(push: Push, *headers: bytes, hands: bool = True) -> AsyncIterator[Wire]:
    reader, writer = await asyncio.open_connection("127.0.0.1", push.port)
    try:
        if hands:
            writer.write(HANDSHAKE + b"".join(headers) + b"\r\n")
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
        yield Wire(reader, writer)
    finally:
        writer.transport.abort()


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (frame(TEXT, b"x" * 4_097), 1009),
        (frame(TEXT, b"x" * 3_000, first=0) + frame(0, b"x" * 3_000), 1009),
        (frame(TEXT, b"{}", masked=False), 1002),
        (frame(0x3), 1002),
        (frame(0, b"no beginning"), 1002),
        (frame(TEXT, b"{", first=0) + frame(TEXT, b"}"), 1002),
        (frame(TEXT, b"{}", first=FIN | RSV1), 1002),
        (frame(PING, b"x" * 126), 1002),
        (frame(PING, first=0), 1002),
        (frame(CLOSE, b"\x03"), 1002),
        (frame(TEXT, b'{"time":"\xff"}'), 1007),
        (frame(PONG) * 300, 1008),
        (frame(TEXT, b"", first=0) + frame(0, b"", first=0) * 300, 1008),
    ],
    ids=[
        "too long",
        "too long in pieces",
        "unmasked",
        "unknown opcode",
        "a piece without a beginning",
        "two beginnings",
        "compressed without agreement",
        "a long ping",
        "a ping in pieces",
        "a short close",
        "not UTF-8",
        "a flood of pongs",
        "a flood of empty pieces",
    ],
)
async def test_a_broken_rule_closes_with_its_code(
    log: KafkaAddress, sent: bytes, code: int
) -> None:
    async with running_push(log) as push, wire(push) as client:
        await client.send(sent)
        assert await client.close_code() == code


async def test_a_compressed_bomb_is_not_unpacked(log: KafkaAddress) -> None:
    packer = zlib.compressobj(wbits=-15)
    bomb = packer.compress(bytes(10_000_000)) + packer.flush(zlib.Z_SYNC_FLUSH)
    offer = b"Sec-WebSocket-Extensions: permessage-deflate\r\n"
    async with running_push(log) as push, wire(push, offer) as client:
        await client.send(frame(TEXT, bomb[:4_000], first=FIN | RSV1))
        assert await client.close_code() == 1009


async def test_a_message_in_pieces_is_one_message(log: KafkaAddress) -> None:
    pieces = b'{"subscribe":["%b"]}' % CHANNEL.encode()
    async with running_push(log) as push, wire(push) as client:
        await client.send(frame(TEXT, pieces[:5], first=0))
        await client.send(frame(PING, b"in between"))
        for byte in frame(0, pieces[5:9], first=0) + frame(0, pieces[9:]):
            await client.send(bytes((byte,)))
        async with asyncio.timeout(15):
            await client.reader.readuntil(b"in between")
            await client.reader.readuntil(b'"seq":0,"data":null}')


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ("{", "malformed_message"),
        ('{"shout":1}', "malformed_message"),
        ('{"subscribe":["nowhere"]}', "unknown_channel"),
        (b"binary", "binary_message"),
        ('{"token":"x"}', "bad_token"),
    ],
)
async def test_what_cannot_be_served_is_said_and_the_rest_goes_on(
    log: KafkaAddress, sent: str | bytes, reason: str
) -> None:
    async with running_push(log) as push, viewer(push, CHANNEL) as connection:
        await said(connection)
        await connection.send(sent)
        error = await said(connection)
        assert (error["type"], error["reason"]) == ("error", reason)
        assert error["detail"]
        await ask(connection, subscribe=[CHANNEL])
        assert (await said(connection))["type"] == "snapshot"


async def test_a_viewer_follows_64_channels_and_no_more(log: KafkaAddress) -> None:
    async with running_push(log) as push, viewer(push) as connection:
        await ask(connection, subscribe=[f"session:s{n}" for n in range(64)])
        told = {(await said(connection))["channel"] for _ in range(64)}
        assert len(told) == 64
        await ask(connection, subscribe=["session:one-more"])
        assert (await said(connection))["reason"] == "too_many_subscriptions"


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:8080", 101),
        ("http://screens.example", 101),
        ("http://evil.example", 403),
        ("null", 403),
    ],
)
async def test_pages_of_foreign_origins_are_turned_away(
    log: KafkaAddress, origin: str, status: int
) -> None:
    async with running_push(log, origins=("screens.example",)) as push:
        try:
            async with connect(push.live, origin=origin) as connection:  # pyright: ignore
                assert connection.response is not None
                assert connection.response.status_code == status
        except InvalidStatus as refused:
            assert refused.response.status_code == status
            assert await push.figure('refusals_total{reason="origin"}') == 1


async def test_when_all_places_are_taken_others_are_told_to_come_again(log: KafkaAddress) -> None:
    async with running_push(log, connections=3) as push:
        connections = [await connect(push.live) for _ in range(3)]
        with pytest.raises(InvalidStatus) as refused:
            await connect(push.live)
        assert refused.value.response.status_code == 503
        assert refused.value.response.headers["Retry-After"] == "5"
        assert (await push.get("/healthz"))[0] == 200
        await connections[0].close()
        await push.until("viewers", 2)
        async with viewer(push):
            pass
        for connection in connections:
            await connection.close()


async def test_sockets_without_a_handshake_are_bounded(log: KafkaAddress) -> None:
    async with running_push(log, connections=1, spare_sockets=4) as push:
        idle = [await asyncio.open_connection("127.0.0.1", push.port) for _ in range(12)]
        async with asyncio.timeout(15):
            ended = [await reader.read() for reader, _ in idle[5:]]
        assert ended == [b""] * 7
        for _, writer in idle:
            writer.transport.abort()


async def test_who_shakes_hands_a_byte_at_a_time_is_dropped(log: KafkaAddress) -> None:
    limited = running_push(log, handshake_timeout_s=0.5)
    async with limited as push, wire(push, hands=False) as client:
        dripping = asyncio.create_task(drip(client))
        assert await client.rest() == b""
        dripping.cancel()


async def drip(client: Wire) -> None:
    for byte in HANDSHAKE:
        await client.send(bytes((byte,)))
        await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (HANDSHAKE + b"X-Filler: 1234567890\r\n" * 1_000, b"431"),
        (HANDSHAKE + (b"X-Filler: %b\r\n" % (b"x" * 3_000)) * 6, b"431"),
        (HANDSHAKE + b"X-Filler: " + b"x" * 9_000 + b"\r\n\r\n", b"431"),
        (b"GET /" + b"x" * 9_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"400"),
        (b"POST /live HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", b"400"),
        (b"POST /metrics HTTP/1.1\r\n\r\n", b"405"),
        (b"GET /live HTTP/1.1\r\n\r\n", b"426"),
        (HANDSHAKE.replace(b"13", b"12") + b"\r\n", b"400"),
        (HANDSHAKE.replace(b"/live", b"/other") + b"\r\n", b"404"),
    ],
    ids=[
        "many headers",
        "large headers",
        "a long header",
        "a long path",
        "TLS",
        "a body",
        "POST",
        "no upgrade",
        "another version",
        "another path",
    ],
)
async def test_a_request_that_is_none_gets_its_status(
    log: KafkaAddress, asked: bytes, status: bytes
) -> None:
    async with running_push(log) as push, wire(push, hands=False) as client:
        await client.send(asked)
        assert (await client.rest()).startswith(b"HTTP/1.1 " + status)


async def test_who_answers_no_ping_is_dropped(log: KafkaAddress) -> None:
    pinging = running_push(log, ping_interval_s=1)
    async with pinging as push, wire(push) as mute, viewer(push, CHANNEL) as connection:
        await mute.rest()
        await push.board(5)
        assert (await said(connection, "update"))["seq"] == 5


async def test_who_never_reads_its_answers_is_dropped(log: KafkaAddress) -> None:
    async with running_push(log, frames_per_ping=10**9, queue_bytes=20_000) as push:
        async with wire(push) as client:
            client.writer.transport.get_extra_info("socket")
            with pytest.raises((ConnectionResetError, BrokenPipeError)):
                while True:
                    await client.send(frame(PING, b"x" * 125) * 100)
        await push.until('refusals_total{reason="not_reading"}', 1)


async def test_a_client_that_keeps_its_side_open_after_the_goodbye_is_cut(
    log: KafkaAddress,
) -> None:
    limited = running_push(log, close_timeout_s=0.5)
    async with limited as push, wire(push) as client:
        await client.send(frame(TEXT, masked=False))
        await client.rest()
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            async with asyncio.timeout(15):
                while True:
                    await client.send(b"more")
                    await asyncio.sleep(0.05)


async def test_no_bytes_at_all_hurt_push_or_its_other_viewers(log: KafkaAddress) -> None:
    dice = random.Random(7)
    async with running_push(log) as push, viewer(push, CHANNEL) as connection:
        for turn in range(300):
            async with wire(push, hands=turn % 3 > 0) as client:
                await client.send(noise(dice))
                if turn % 2:
                    client.writer.write_eof()
                    await client.rest()
        await push.board(5)
        assert (await said(connection, "update"))["seq"] == 5
        await push.until("viewers", 1)


def noise(dice: random.Random) -> bytes:
    """Bytes at random, half of them frames of a kind."""
    if dice.random() < 0.5:
        return dice.randbytes(dice.randrange(1, 300))
    frames = [
        frame(
            dice.randrange(16),
            dice.randbytes(dice.randrange(200)),
            first=dice.choice((0, FIN, FIN, FIN | RSV1)),
            masked=dice.random() < 0.9,
        )
        for _ in range(dice.randrange(1, 5))
    ]
    return HANDSHAKE + b"\r\n" + b"".join(frames) if dice.random() < 0.3 else b"".join(frames)


async def test_a_flood_of_messages_closes_one_and_delays_no_other(log: KafkaAddress) -> None:
    async with running_push(log) as push, viewer(push, CHANNEL) as connection:
        async with connect(push.live) as flood:
            with pytest.raises(ConnectionClosed) as closed:
                while True:
                    await flood.send(os.urandom(8).hex())
                    await asyncio.wait_for(flood.recv(), 15)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008
        await push.board(5)
        assert (await said(connection, "update"))["seq"] == 5
