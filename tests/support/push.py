"""The push role for tests: in this process or in one of its own, and what feeds and watches it."""

import argparse
import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
from websockets.asyncio.client import ClientConnection, connect

from schemas.addresses import KafkaAddress
from schemas.topics import Topic
from streams.log.kafka import KafkaLog
from streams.log.producer import LogProducer
from streams.push.config import Limits, PushConfig
from streams.push.serve import serve
from tests.support.broker import await_port
from tests.support.ports import free_port

SECRET = b"the secret of the tests of push"
ROUND = "satisfaction:spring"
CHANNEL = f"board:{ROUND}"


@dataclass
class Push:
    """A running push, and the way to its log."""

    port: int
    log: LogProducer

    @property
    def live(self) -> str:
        return f"ws://127.0.0.1:{self.port}/live"

    async def board(
        self, seq: int, board: str = ROUND, *, status: str = "live", filler: str = ""
    ) -> bytes:
        """Write a board to the log; its bytes."""
        content = {"board": board, "seq": seq, "status": status, "rows": [], "filler": filler}
        value = orjson.dumps(content)
        await self.log.send(Topic.BOARDS, value, key=board.encode())
        return value

    async def get(self, path: str) -> tuple[int, str]:
        url = f"http://127.0.0.1:{self.port}{path}"
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            return answer.status, await answer.text()

    async def figure(self, name: str) -> float:
        """One figure of /metrics."""
        for line in (await self.get("/metrics"))[1].splitlines():
            if line.startswith(f"tribune_push_{name} "):
                return float(line.split()[-1])
        return 0.0

    async def until(self, name: str, wanted: float) -> None:
        """Wait until a figure of /metrics has a value."""
        async with asyncio.timeout(15):
            while await self.figure(name) != wanted:
                await asyncio.sleep(0.05)


@asynccontextmanager
async def running_push(
    kafka: KafkaAddress,
    *,
    connections: int = 100,
    origins: tuple[str, ...] = (),
    ready: bool = True,
    **limits: float,
) -> AsyncIterator[Push]:
    """Run push in this process until the block ends, which must end it in order."""
    config = PushConfig(
        "127.0.0.1",
        free_port(),
        kafka,
        SECRET,
        connections,
        origins,
        Limits(**limits),  # pyright: ignore
    )
    stop = asyncio.Event()
    role = asyncio.create_task(serve(config, stop))
    try:
        async with fed(kafka, config.port) as push:
            await until_listening(role, config.port)
            if ready:
                await until_ready(push)
            yield push
    finally:
        stop.set()
        async with asyncio.timeout(10):
            await role


@contextmanager
def push_process(kafka: KafkaAddress, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run push in a process of its own until the block ends."""
    command = [sys.executable, "-m", "tests.support.push", kafka.bootstrap, kafka.prefix]
    process = subprocess.Popen([*command, str(port)])
    try:
        await_port(port, process)
        yield process
    finally:
        process.kill()
        process.wait()


@asynccontextmanager
async def fed(kafka: KafkaAddress, port: int) -> AsyncIterator[Push]:
    """A way to the log of a push that runs on a port."""
    log = LogProducer(KafkaLog(kafka))
    await log.start()
    try:
        yield Push(port, log)
    finally:
        await log.stop()


async def until_listening(role: asyncio.Task[None], port: int) -> None:
    """Wait until push takes connections."""
    async with asyncio.timeout(10):
        while True:
            assert not role.done(), role.exception()
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.01)
                continue
            writer.close()
            return


async def until_ready(push: Push) -> None:
    """Wait until push says that it is well."""
    async with asyncio.timeout(30):
        while (await push.get("/healthz"))[0] != 200:
            await asyncio.sleep(0.05)


@asynccontextmanager
async def viewer(push: Push, *channels: str, **options: Any) -> AsyncIterator[ClientConnection]:
    """A viewer that follows channels; the clock that everyone is told first is read."""
    async with connect(push.live, **options) as connection:
        await said(connection, "time")
        if channels:
            await ask(connection, subscribe=channels)
        yield connection


async def ask(connection: ClientConnection, **wishes: object) -> None:
    await connection.send(json.dumps(wishes))


async def said(connection: ClientConnection, *kinds: str) -> dict[str, Any]:
    """The next message of certain kinds; none named, what is neither the clock nor a status."""
    async with asyncio.timeout(15):
        while True:
            message = orjson.loads(await connection.recv())
            if message["type"] in kinds or not (kinds or message["type"] in ("time", "status")):
                return message


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kafka")
    parser.add_argument("prefix")
    parser.add_argument("port", type=int)
    options = parser.parse_args()
    kafka = KafkaAddress(options.kafka, prefix=options.prefix)
    config = PushConfig("127.0.0.1", options.port, kafka, SECRET, 2_000)
    asyncio.run(serve(config, asyncio.Event()))


if __name__ == "__main__":
    main()
