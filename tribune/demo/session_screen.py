"""What every screen shows on a presentation day: the session, followed on the WebSocket."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tribune.demo.follow import follow

State = dict[str, Any]


@dataclass(slots=True)
class SessionScreen:
    """The newest state of a session, and when each slot was first seen on (monotonic, s)."""

    url: str
    broadcast: str
    state: State | None = None
    on_at: dict[str, float] = field(default_factory=dict[str, float])
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Follow until cancelled."""
        await follow(self.url, f"session:{self.broadcast}", self._take)

    def _take(self, state: State) -> None:
        if self.state is not None and state["seq"] <= self.state["seq"]:
            return
        self.state = state
        if state["slot"]:
            self.on_at.setdefault(state["slot"], time.monotonic())
        self.changed.set()

    async def until(self, is_so: Callable[[State], bool], within_s: float) -> bool:
        """Wait until the screens show what is asked; false when they do not in time."""
        try:
            async with asyncio.timeout(within_s):
                while self.state is None or not is_so(self.state):
                    self.changed.clear()
                    await self.changed.wait()
        except TimeoutError:
            return False
        return True


def is_off(state: State, since: int = 0) -> bool:
    """Whether every device read back that it is off, by a cut that was due at `since` or later."""
    devices = state["microphone"]["devices"].values()
    return bool(devices) and all(
        device["is_open"] is False
        and device["state"] == "confirmed"
        and (device["planned_at"] or 0) >= since
        for device in devices
    )
