"""Devices that say nothing of their own accord: asked over HTTP, twice a second."""

import asyncio
from typing import Protocol

import aiohttp

from streams.stage.links.link import Heard, Unreachable

# docs/stage.md: twice a second; a hand at the device is shown so much late
LOOK_S = 0.5
# As an order may take (streams.stage.controller.ORDER_WITHIN_S)
WITHIN_S = 2.0


class HttpDevice(Protocol):
    """A microphone that answers over HTTP how it stands; both ways raise `Unreachable`."""

    async def ask(self, session: aiohttp.ClientSession) -> bool:
        """Whether it is open."""
        ...

    async def tell(self, session: aiohttp.ClientSession, is_open: bool) -> bool:
        """Open or cut it; gives whether it is open then."""
        ...


class Polled:
    """A way to such a device: it sees what a hand changed there at the next look."""

    def __init__(self, device: HttpDevice) -> None:
        self.problem: str | None = "was not asked yet"
        self._device = device
        self._session: aiohttp.ClientSession | None = None
        self._heard: Heard | None = None
        self._orders = 0

    async def run(self, heard: Heard) -> None:
        """Ask how it stands, again and again; an answer older than an order does not count."""
        timeout = aiohttp.ClientTimeout(total=WITHIN_S)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            self._session, self._heard = session, heard
            while True:
                await self._look(session, heard)
                await asyncio.sleep(LOOK_S)

    async def order(self, is_open: bool) -> None:
        """Tell it, and hear how it stands then."""
        if self._session is None or self._heard is None:
            raise Unreachable("is not started")
        self._orders += 1
        self._heard(await self._device.tell(self._session, is_open))

    async def _look(self, session: aiohttp.ClientSession, heard: Heard) -> None:
        orders = self._orders
        try:
            is_open = await self._device.ask(session)
        except Unreachable as error:
            self.problem = str(error)
            heard(None)
        else:
            self.problem = None
            if orders == self._orders:
                heard(is_open)
