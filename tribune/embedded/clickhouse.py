"""The embedded ClickHouse: the engine on one data folder, behind ClickHouse's HTTP interface.

`python -m tribune.embedded.clickhouse FOLDER HOST PORT` runs it as a process of its own.
"""

import asyncio
import ipaddress
import signal
import sys
from pathlib import Path
from typing import Any

from aiohttp import web

from tribune.embedded.clickhouse_engine import Engine
from tribune.embedded.clickhouse_front import Front

# Above the archive's own 7 s (its last inserts), below STOP_WITHIN_S (9.5 s) of the supervisor
DRAIN_S = 8.0
# Handlers hear of clients that go away; bodies are decompressed by the front, in bounded pieces.
RUNNER: dict[str, Any] = {
    "access_log": None,
    "handler_cancellation": True,
    "auto_decompress": False,
    "shutdown_timeout": 1.0,
}


async def serve(path: Path, host: str, port: int, stop: asyncio.Event) -> None:
    """Answer until `stop`; then finish what is being written, end what is being read, and close.

    Raises:
        ValueError: the host is not an address of this machine alone: there is no password here.
        OSError: the port is in use.
    """
    _check_own(host)
    engine = await asyncio.to_thread(Engine, path)
    front = Front(engine, frozenset({"localhost", host}))
    runner = web.AppRunner(front.app(), **RUNNER)
    await runner.setup()
    try:
        # 1024: readers of a dashboard open some ten connections each; a queue costs nothing
        site = web.TCPSite(runner, host, port, backlog=1024)
        await site.start()
        await stop.wait()
        await site.stop()
        await front.drain(DRAIN_S)
    finally:
        await runner.cleanup()
        await asyncio.to_thread(engine.close)


def _check_own(host: str) -> None:
    if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"the embedded ClickHouse has no password: not on {host}")


async def _main(path: Path, host: str, port: int) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve(path, host, port, stop)


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
