"""How the embedded ClickHouse ends, in order and not, and what is there when it comes back."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.support.clickhouse import EmbeddedClickHouse, embedded_clickhouse
from tests.support.ports import free_port
from tribune.embedded.clickhouse import serve

INSERTING = "SELECT count() FROM system.processes WHERE query LIKE 'INSERT%'"
MANY = 200_000


async def _run(server: EmbeddedClickHouse, query: str) -> str:
    async with ClientSession(server.address.url) as http, http.post("/", data=query) as answer:
        text = await answer.text()
        assert answer.status == 200, text
        return text


async def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    with embedded_clickhouse(tmp_path) as server:
        await _run(server, "CREATE DATABASE tribune")
        await _run(server, "CREATE TABLE tribune.kept (n UInt64) ENGINE = MergeTree ORDER BY n")
        for n in range(20):
            await _run(server, f"INSERT INTO tribune.kept FORMAT CSV\n{n}\n")
        server.kill()
        server.start()
        assert await _run(server, "SELECT sum(n), count() FROM tribune.kept") == "190\t20\n"
        assert server.stop() == 0
        server.start()
        assert await _run(server, "SELECT sum(n), count() FROM tribune.kept") == "190\t20\n"


async def test_an_orderly_end_finishes_the_insert_and_ends_the_query(tmp_path: Path) -> None:
    with embedded_clickhouse(tmp_path) as server:
        await _run(server, "CREATE TABLE half (n UInt64) ENGINE = MergeTree ORDER BY n")
        stopping, begun = asyncio.Event(), asyncio.Event()

        async def rows() -> AsyncIterator[bytes]:
            yield b"1\n" * MANY
            begun.set()
            await stopping.wait()
            yield b"2\n"

        async def insert() -> int:
            params = {"query": "INSERT INTO half FORMAT CSV"}
            async with (
                ClientSession(server.address.url) as http,
                http.post("/", params=params, data=rows()) as answer,
            ):
                return answer.status

        inserting = asyncio.create_task(insert())
        reading = asyncio.create_task(_run(server, "SELECT sleepEachRow(3) FROM numbers(1000)"))
        await begun.wait()
        async with asyncio.timeout(10):
            while await _run(server, INSERTING) != "1\n":
                await asyncio.sleep(0.02)
        ended = asyncio.create_task(asyncio.to_thread(server.stop))
        async with asyncio.timeout(10):
            while await _listens(server.port):
                await asyncio.sleep(0.02)
        stopping.set()
        assert await inserting == 200
        assert await ended == 0
        assert isinstance((await asyncio.gather(reading, return_exceptions=True))[0], Exception)
        server.start()
        assert await _run(server, "SELECT sum(n) FROM half") == f"{MANY + 2}\n"


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def test_without_a_password_it_serves_this_machine_only(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "192.168.1.7"):
        with pytest.raises(ValueError, match="no password"):
            await serve(tmp_path, host, free_port(), asyncio.Event())
