"""A screen that follows a board and a session, stalls now and then, and connects again."""

import asyncio
from collections.abc import Callable
from typing import Any

import orjson

from tests.sim.evening import COUNTY, GROUP, ROUND
from tests.sim.roles.push import SimViewer, read
from tests.sim.town import Town

BOARD = f"board:satisfaction:{ROUND}"
GROUP_BOARD = f"board:presentations:{GROUP}"
SESSION = f"session:{COUNTY}"
CHANNELS = [BOARD, GROUP_BOARD, SESSION]
ANSWER_WITHIN_S = 2.0
AGAIN_AFTER_S = 0.5


class Screen:
    """What it was shown last of each channel; within a connection numbers must only grow.

    It keeps the newest that it ever saw, as the pages do.
    """

    def __init__(self, town: Town, name: str, fail: Callable[[str], None]) -> None:
        self._town = town
        self._world = town.world
        self._chance = town.world.chance_of(f"screen {name}")
        self._name = name
        self._fail = fail
        self._connection = 0
        self._heard: dict[str, int] = {}
        self.shown: dict[str, tuple[int, Any]] = {}

    async def watch(self) -> None:
        """Watch for good."""
        while True:
            post = self._town.all("push")[0]
            process, role = post.process, post.role
            if process is not None and not process.is_dead and role is not None:
                await self._follow(process, role)
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _follow(self, process: Any, role: Any) -> None:
        self._connection += 1
        number, self._heard = self._connection, {}

        def send(text: bytes) -> None:
            self._world.loop.after(0.002, self._hear, number, text)

        try:
            viewer: SimViewer = await self._world.ask(
                process, lambda: role.join(send, CHANNELS), ANSWER_WITHIN_S
            )
            while not process.is_dead:
                await asyncio.sleep(self._chance.uniform(0.5, 4.0))
                await self._misbehave(process, role, viewer)
        except (TimeoutError, ConnectionResetError):
            return

    async def _misbehave(self, process: Any, role: Any, viewer: SimViewer) -> None:
        if self._world.is_calm:
            return
        if self._chance.random() < 0.3:
            await self._world.ask(process, lambda: role.stall(viewer, stalled=True), 2.0)
            await asyncio.sleep(self._chance.uniform(0.1, 3.0))
            await self._world.ask(process, lambda: role.stall(viewer, stalled=False), 2.0)
        elif self._chance.random() < 0.1:
            await self._world.ask(process, lambda: role.leave(viewer), 2.0)
            raise ConnectionResetError

    def _hear(self, connection: int, text: bytes) -> None:
        if connection != self._connection:
            return
        message = read(text)
        if message["type"] not in ("snapshot", "update"):
            return
        channel, seq = message["channel"], message["seq"]
        if seq <= self._heard.get(channel, -1) and message["type"] == "update":
            self._fail(f"{self._name}: {channel} went from {self._heard[channel]} to {seq}")
        self._heard[channel] = seq
        held = self.shown.get(channel)
        if (
            held is not None
            and held[0] == seq
            and held[1] != message["data"]
            and channel != SESSION
        ):
            self._fail(f"{self._name}: {channel} shows two things of the number {seq}")
        if held is None or seq >= held[0]:
            self.shown[channel] = seq, message["data"]

    def text_of(self, channel: str) -> str:
        """What it shows, for an oracle that looks for what nobody may see."""
        return orjson.dumps(self.shown.get(channel)).decode()
