"""The console role: pages and API on one port, in one process."""

import asyncio
import socket

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from dashboards.api.app import application
from dashboards.api.console import Console
from dashboards.api.rounds.schedule import keep_schedule
from dashboards.api.web.errors import RequestRefused
from dashboards.api.web.front import Front
from dashboards.config import ConsoleConfig
from schemas.facts import LogOpened
from streams.log.kafka import KafkaLog
from streams.log.topics import await_topics
from streams.running import end_all

__all__ = ["ConsoleConfig", "serve"]

# Until the log has been read; nobody waits for it
LOOK_S = 0.05
# Above the 5 s that an answer may wait for log or ClickHouse, and below STOP_WITHIN_S (9.5 s) of
# tribune.supervise.crew
ANSWERS_WITHIN_S = 6.0
# What is left of STOP_WITHIN_S; nobody is answered any more
ENDS_WITHIN_S = 1.0
# A hall that opens the board in one second waits in it; granian's own default
BACKLOG = 1024
# as the gateway's bounds (HttpLimits): a head that drips is cut, and is 64 kB at the most
HTTP1 = HTTP1Settings(header_read_timeout=10_000, max_buffer_size=65_536)


async def serve(config: ConsoleConfig, stop: asyncio.Event) -> None:
    """Serve the console until `stop` is set; it answers also while the log is away, saying so.

    Raises:
        OSError: the port is in use.
        RuntimeError: it cannot go on; what ended first is the cause.
    """
    _check_port(config.host, config.port)
    console = Console.of(config, KafkaLog(config.kafka))
    front = application(console)
    server = _server(front, config)
    serving = asyncio.create_task(server.serve())
    working = asyncio.create_task(_work(console))
    stopping = asyncio.create_task(stop.wait())
    tasks = (serving, working, stopping)
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        failures = [_failure(task) for task in (serving, working) if task.done()]
        # granian's own stop cuts answers that are under way
        await front.answered_all(ANSWERS_WITHIN_S)
        server.stop()
        await asyncio.wait([serving], timeout=ENDS_WITHIN_S)
    finally:
        await end_all(tasks)
    if failures:
        raise RuntimeError(f"the console cannot go on: {failures[0]}") from failures[0]


def _server(front: Front, config: ConsoleConfig) -> Server:
    return Server(
        front,
        address=config.host,
        port=config.port,
        interface=Interfaces.ASGINL,
        http=HTTPModes.http1,
        http1_settings=HTTP1,
        websockets=False,
        backlog=BACKLOG,
        backpressure=config.connections,
        log_enabled=False,
    )


def _check_port(host: str, port: int) -> None:
    """The server would share a port that is in use, and get half of the requests."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))


async def _work(console: Console) -> None:
    await await_topics(console.room)
    async with asyncio.TaskGroup() as group:
        group.create_task(console.broadcasts.run())
        group.create_task(console.boards.run())
        group.create_task(console.scores.run())
        group.create_task(console.sessions.run())
        group.create_task(_open_log(console))
        group.create_task(keep_schedule(console))


async def _open_log(console: Console) -> None:
    """Say which incarnation of the log this is, when nobody did: the first."""
    while True:
        try:
            async with console.broadcasts.turn():
                if console.rounds.incarnation == 0:
                    fact = LogOpened(at=console.now_ms(), by="console", incarnation=1)
                    await console.broadcasts.write(fact, "log")
                return
        except RequestRefused:
            await asyncio.sleep(LOOK_S)


def _failure(task: "asyncio.Task[None]") -> BaseException:
    return task.exception() or RuntimeError("a part of it ended")
