"""A device that is none: for rehearsals, and to see what happens when one is slow or fails."""

import asyncio

from schemas.sessions import SimulatedAs
from streams.stage.config import Mode, SimulatedAddress
from streams.stage.links.link import Heard, Unreachable

SLOW_FROM_MS = 400
"""So long after an order a device that has not confirmed is red at the operator's."""


class Simulated:
    """Opens and cuts nothing, after a while; `behave` makes it fail, or plays a hand there."""

    def __init__(self, address: SimulatedAddress) -> None:
        self.problem: str | None = None
        self.delay_ms = address.delay_ms
        self._mode: Mode = address.mode
        self._is_open = False
        self._heard: Heard | None = None

    async def run(self, heard: Heard) -> None:
        """Say how it stands, and then nothing unasked."""
        self._heard = heard
        self._say()
        await asyncio.Event().wait()

    async def order(self, is_open: bool) -> None:
        """Do it, and read it back, as the mode allows."""
        if self._mode == "gone":
            raise Unreachable("the simulated device is gone")
        await asyncio.sleep(self.delay_ms / 1_000)
        if self._mode == "well":
            self._is_open = is_open
            self._say()

    @property
    def behaviour(self) -> SimulatedAs:
        """How it behaves, in one word."""
        is_slow = self._mode == "well" and self.delay_ms >= SLOW_FROM_MS
        return "slow" if is_slow else self._mode

    def behave(self, mode: Mode | None, delay_ms: int = 0, is_open: bool | None = None) -> None:
        """Be well, silent or gone from now on, or as before.

        `is_open` is what a hand at the desk does.
        """
        if mode is not None:
            self._mode, self.delay_ms = mode, delay_ms
        if is_open is not None:
            self._is_open = is_open
        self._say()

    def _say(self) -> None:
        self.problem = "is gone (simulated)" if self._mode == "gone" else None
        if self._heard is not None and self._mode != "silent":
            self._heard(None if self._mode == "gone" else self._is_open)
