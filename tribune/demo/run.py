"""`tribune demo`: everything up, the example county loaded, an evening played, and checked."""

import asyncio
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp
import click

from streams.tokens import issue
from tribune.addresses import clickhouse_address, role_url
from tribune.demo.checks import Findings, examine
from tribune.demo.doors import Credentials
from tribune.demo.evening import Addresses, Evening, begin
from tribune.demo.operator import CannotPlay
from tribune.embedded.broker import NoBroker
from tribune.rundir import InUse
from tribune.screen import Screen
from tribune.secret import read_secret
from tribune.settings import Settings
from tribune.up import PortsTaken, up

PROGRESS_EVERY_S = 0.5
TIMEOUT_S = 15.0
NAME = "demo"
CITIZENS_APART = 1_000_000


def run(settings: Settings, speed: float, citizens: int, *, ends: bool, as_json: bool) -> int:
    """Run everything and play; lines go to standard error when `as_json` wants the output clean."""
    screen = Screen(sys.stderr if as_json else sys.stdout)
    credentials = Credentials()
    found: list[Findings] = []

    async def play() -> int:
        async with _session() as http:
            evening = await begin(_addresses(settings), credentials, http, fresh=ends)
            _say_where(settings, screen, evening)
            async with _watching(evening, screen):
                if not ends:
                    await evening.play(citizens, speed, first=int(time.time()) * CITIZENS_APART)
                    await evening.go_on(speed)
                evening.votes = await evening.play(citizens, speed)
                found.append(await examine(evening, clickhouse_address(settings), http))
        _say_what_happened(screen, found[0])
        return 0 if found[0].ok else 1

    try:
        code = up(settings, screen, environment=credentials.environment(), play=play)
    except (CannotPlay, InUse, NoBroker, PortsTaken, OSError) as error:
        click.echo(str(error), err=True)
        return 1
    finally:
        screen.close()
    if as_json and found:
        click.echo(found[0].as_json())
    return code


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
        connector=aiohttp.TCPConnector(limit=0),
        cookie_jar=aiohttp.DummyCookieJar(),
    )


@asynccontextmanager
async def _watching(evening: Evening, screen: Screen) -> AsyncGenerator[None]:
    """Follow the board and keep saying how it goes, until the block ends."""
    tasks = [asyncio.create_task(evening.screen.run()), asyncio.create_task(_tell(evening, screen))]
    try:
        await evening.until(lambda board: board["round"] == evening.round, TIMEOUT_S)
        evening.screen.start_from_here()
        yield
    finally:
        for task in tasks:
            task.cancel()
        screen.status(NAME, "")


def _addresses(settings: Settings) -> Addresses:
    return Addresses(
        console=role_url(settings, "console"),
        gateway=role_url(settings, "gateway"),
        push=role_url(settings, "push").replace("http", "ws", 1),
        token=issue(read_secret(settings), "operator", int(time.time()), bearer_id=NAME),
    )


async def _tell(evening: Evening, screen: Screen) -> None:
    while True:
        screen.status(NAME, evening.progress())
        await asyncio.sleep(PROGRESS_EVERY_S)


def _say_where(settings: Settings, screen: Screen, evening: Evening) -> None:
    console = role_url(settings, "console")
    board = f"satisfaction:{evening.round}"
    for text in (
        f"citizens vote in the round {evening.round}; open",
        f"  {console}/                     everything, with QR codes for phones",
        f"  {console}/board?board={board}",
        f"  {role_url(settings, 'gateway')}/vote                 vote yourself",
        "Ctrl-C ends it; the next start goes on with the same numbers",
    ):
        screen.line(NAME, text)


def _say_what_happened(screen: Screen, findings: Findings) -> None:
    for check in findings.checks:
        screen.line(NAME, f"{'ok  ' if check.ok else 'FAIL'}  {check.name}: {check.detail}")
    sums = ", ".join(
        f"{count:,} {name.replace('_', ' ')}" for name, count in findings.ballots.items()
    )
    screen.line(NAME, f"ballots: {sums}")
