"""Plays a round: citizens vote at the gateway's doors while a screen in the hall follows."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from agents.reducers.round_board import board_name
from streams.push.channels import board_channel
from tribune.demo.board_screen import BoardScreen
from tribune.demo.citizens import Vote, plan_votes
from tribune.demo.doors import Credentials, Door, PartnerDoor, WebDoor, WeChatDoor
from tribune.demo.operator import Operator
from tribune.demo.prepare import Prepared

# Long enough for boards to move before a watcher's eyes, short enough for CI
LASTS_S = 30.0
# 20 s with RETRY_S: a ballot that was not acked is sent until a killed gateway is back
TRIES = 40
# As a partner is told by Retry-After, or sooner
RETRY_S = 0.5
# What a gateway acks in 25 ms (10.7 k/s, measured): more would only wait in the kernel
AT_ONCE = 256
# A few every half a minute keep the board alive
LATE_CITIZENS = 60


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the running system is, and how its operator signs in."""

    console: str
    gateway: str
    push: str
    token: str = field(repr=False)


@dataclass(slots=True)
class Count:
    """How many ballots were sent and acknowledged so far."""

    sent: int = 0
    acked: int = 0


@dataclass(slots=True)
class Voting:
    """One played round: its id, its citizens' votes, and what the screen saw."""

    round: str
    broadcast: dict[str, Any]
    operator: Operator
    doors: dict[str, Door]
    screen: BoardScreen
    gateway: str
    count: Count = field(default_factory=Count)
    votes: list[Vote] = field(default_factory=list)
    _turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    @property
    def units(self) -> list[str]:
        """The units of the county, in the order of its file."""
        return [unit["id"] for unit in self.broadcast["units"]]

    def progress(self) -> str:
        """One line on how it goes."""
        board = self.screen.board or {"rows": [], "status": "no board yet", "seq": 0}
        counted = sum(row["ballots"] for row in board["rows"])
        p50, p99 = (self.screen.percentile_ms(share) for share in (0.5, 0.99))
        delay = "-" if p50 is None else f"p50 {p50:.0f} ms, p99 {p99:.0f} ms"
        return (
            f"{self.count.sent:,} ballots sent, {self.count.acked:,} acknowledged, "
            f"{counted:,} on the board ({board['status']}); vote to screen {delay}"
        )

    async def play(self, citizens: int, speed: float, first: int = 0) -> list[Vote]:
        """Let citizens vote, each at their own time, a change of mind after what it changes."""
        votes = plan_votes(self.units, citizens, LASTS_S / speed, first)
        by_citizen: dict[int, list[Vote]] = {}
        for vote in votes:
            by_citizen.setdefault(vote.citizen, []).append(vote)
        start = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for own in by_citizen.values():
                group.create_task(self._citizen(own, start))
        return votes

    async def go_on(self, speed: float) -> None:
        """Let late citizens vote for as long as anybody watches."""
        first = int(time.time()) * 1_000
        while True:
            await self.play(LATE_CITIZENS, speed, first)
            first += LATE_CITIZENS

    async def _citizen(self, votes: Sequence[Vote], start: float) -> None:
        seen: set[str] = set()
        for vote in votes:
            await asyncio.sleep(max(0.0, start + vote.after - time.monotonic()))
            async with self._turn:
                self.count.sent += 1
                acked = await self._cast(vote)
            if acked:
                self.count.acked += 1
                if vote.unit not in seen:
                    self.screen.acked(vote.unit)
                seen.add(vote.unit)

    async def _cast(self, vote: Vote) -> bool:
        for _ in range(TRIES):
            try:
                if await self.doors[vote.door].cast(vote):
                    return True
            except (aiohttp.ClientError, TimeoutError, OSError):
                pass
            await asyncio.sleep(RETRY_S)
        return False

    async def until(self, is_true: Callable[[dict[str, Any]], bool], within_s: float) -> bool:
        """Wait for a board that is as it should be; false when none came in time."""
        try:
            async with asyncio.timeout(within_s):
                while self.screen.board is None or not is_true(self.screen.board):
                    self.screen.changed.clear()
                    await self.screen.changed.wait()
        except TimeoutError:
            return False
        return True


def begin(
    addresses: Addresses,
    credentials: Credentials,
    http: aiohttp.ClientSession,
    operator: Operator,
    prepared: Prepared,
) -> Voting:
    """Set up the doors and the screen of a round that is loaded."""
    broadcast, round_id = prepared.broadcast, prepared.round
    numbers = {unit["id"]: unit["number"] for unit in broadcast["units"]}
    doors: dict[str, Door] = {
        "wechat": WeChatDoor(http, addresses.gateway, credentials.wechat_token, numbers),
        "partner": PartnerDoor(http, addresses.gateway, credentials.partner_secret, round_id),
        "web": WebDoor(http, addresses.gateway, round_id),
    }
    channel = board_channel(board_name(round_id))
    screen = BoardScreen(f"{addresses.push}/live", channel)
    return Voting(round_id, broadcast, operator, doors, screen, addresses.gateway)
