"""`tribune demo`: everything up, the example county loaded, an evening played, and checked."""

import asyncio
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import aiohttp
import click

from agents.reducers.round_board import board_name
from streams.keys import group_key
from streams.tokens import issue
from tribune.demo.checks import Check, Findings, examine
from tribune.demo.day import Day
from tribune.demo.day_checks import Servers, examine_day
from tribune.demo.doors import Credentials
from tribune.demo.operator import CannotPlay, Operator
from tribune.demo.prepare import Prepared, prepare
from tribune.demo.session_screen import SessionScreen
from tribune.demo.voting import Addresses, Voting, begin
from tribune.embedded.kafka.rights import READER
from tribune.settings.addresses import clickhouse_address, kafka_address, role_url
from tribune.settings.secret import read_secret
from tribune.settings.shape import Settings
from tribune.supervise.rundir import InUse
from tribune.supervise.screen import Screen
from tribune.supervise.up import PortsTaken, up

# A living line that a reader can follow
PROGRESS_EVERY_S = 0.5
# Above the longest that the gateway and the console let anybody wait
TIMEOUT_S = 15.0
NAME = "demo"
# In CI a slot ends at once; who watches sees the clock, the warning and the cut; below 1.5 s a busy
# machine's delays are longer than the phases
SHORT_MS, WATCHED_MS, LEAST_ALLOTTED_MS = 4_000, 15_000, 1_500
SIMULATED = {"TRIBUNE_SIMULATED": "true"}
# Citizens of each second have their own numbers: none votes in two demos on one log
CITIZENS_APART = 1_000_000


def run(settings: Settings, speed: float, citizens: int, *, ends: bool, as_json: bool) -> int:
    """Run everything and play; lines go to standard error when `as_json` wants the output clean."""
    screen = Screen(sys.stderr if as_json else sys.stdout)
    credentials = Credentials()
    found: list[Findings] = []
    allotted_ms = max(LEAST_ALLOTTED_MS, round((SHORT_MS if ends else WATCHED_MS) / speed))

    async def play() -> int:
        addresses = _addresses(settings)
        async with _session() as http:
            operator = Operator(http, addresses.console, addresses.token)
            prepared = await prepare(operator, allotted_ms, fresh=ends)
            voting = begin(addresses, credentials, http, operator, prepared)
            day = _day(settings, addresses, operator, prepared, screen)
            _say_where(settings, screen, voting)
            async with _watching(voting, day, screen):
                if not ends:
                    await asyncio.gather(_go_on(voting, citizens, speed), _shown(day, screen))
                voting.votes, problem = await asyncio.gather(
                    voting.play(citizens, speed), _played(day)
                )
                found.append(await examine(voting, clickhouse_address(settings), http))
                found[0].take(*await _examined(settings, day, http, problem))
        _say_what_happened(screen, found[0])
        return 0 if found[0].ok else 1

    environment = credentials.environment() | SIMULATED
    try:
        code = up(settings, screen, environment=environment, play=play)
    except (CannotPlay, InUse, PortsTaken, OSError) as error:
        click.echo(str(error), err=True)
        return 1
    finally:
        screen.close()
    if as_json and found:
        click.echo(found[0].as_json())
    return code


async def _go_on(voting: Voting, citizens: int, speed: float) -> None:
    await voting.play(citizens, speed, first=int(time.time()) * CITIZENS_APART)
    await voting.go_on(speed)


async def _played(day: Day) -> str:
    """Play the day; gives why it could not be played to its end, if so."""
    try:
        await day.play()
    except CannotPlay as error:
        return str(error)
    return ""


async def _shown(day: Day, screen: Screen) -> None:
    """Play the day for whoever watches, and leave the county's own one to them."""
    if problem := await _played(day):
        screen.line(NAME, f"the short day ended early: {problem}")
    screen.line(NAME, "the county's own day is ready: at the desk, Space is Go")


async def _examined(
    settings: Settings, day: Day, http: aiohttp.ClientSession, problem: str
) -> tuple[list[Check], dict[str, Any]]:
    if problem:
        return [Check("the presentation day was played", False, problem)], {}
    key_of = group_key(read_secret(settings))
    servers = Servers(kafka_address(settings, READER), clickhouse_address(settings), key_of)
    return await examine_day(day, servers, http)


def _day(
    settings: Settings,
    addresses: Addresses,
    operator: Operator,
    prepared: Prepared,
    screen: Screen,
) -> Day:
    broadcast = prepared.broadcast
    secret, now_s = read_secret(settings), int(time.time())

    def card(evaluator: str) -> str:
        return issue(secret, "evaluator", now_s, bearer_id=f"{broadcast['id']}/{evaluator}")

    session = SessionScreen(f"{addresses.push}/live", broadcast["id"])
    return Day(operator, session, broadcast, prepared.short, card, partial(screen.line, NAME))


def _session() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
        connector=aiohttp.TCPConnector(limit=0),
        cookie_jar=aiohttp.DummyCookieJar(),
    )


@asynccontextmanager
async def _watching(voting: Voting, day: Day, screen: Screen) -> AsyncGenerator[None]:
    """Follow the board and the stage and keep saying how it goes, until the block ends."""
    ways = (voting.screen.run(), day.screen.run(), _tell(voting, screen))
    tasks = [asyncio.create_task(way) for way in ways]
    try:
        await voting.until(lambda board: board["round"] == voting.round, TIMEOUT_S)
        voting.screen.start_from_here()
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


async def _tell(voting: Voting, screen: Screen) -> None:
    while True:
        screen.status(NAME, voting.progress())
        await asyncio.sleep(PROGRESS_EVERY_S)


def _say_where(settings: Settings, screen: Screen, voting: Voting) -> None:
    console = role_url(settings, "console")
    board = board_name(voting.round)
    for text in (
        f"citizens vote in the round {voting.round}; open",
        f"  {console}/                     everything, with QR codes for phones",
        f"  {console}/board?board={board}",
        f"  {console}/stage                the presenter's clock",
        f"  {console}/operator             the desk; `tribune token operator` lets you in",
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
    late = findings.presentations.get("cut_late_ms", {})
    screen.line(NAME, "cuts: " + ", ".join(f"{name} {ms} ms late" for name, ms in late.items()))
