"""What every way to a microphone can do."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from streams.stage.config import (
    Address,
    HttpAddress,
    ObsAddress,
    SimulatedAddress,
    VmixAddress,
    X32Address,
)

FIRST_RETRY_S, LONGEST_RETRY_S = 0.2, 2.0

Heard = Callable[[bool | None], None]
"""Takes what a device says of itself: open, off, or None when it does not answer any more."""


class Unreachable(Exception):
    """A device cannot be asked now; the text says why, for an operator."""


class Link(Protocol):
    """A way to one microphone; whatever it reads back it gives to `heard`."""

    problem: str | None

    async def run(self, heard: Heard) -> None:
        """Keep the way open, and listen, until cancelled."""
        ...

    async def order(self, is_open: bool) -> None:
        """Ask the device to open or to cut, and then how it stands.

        Raises:
            Unreachable: it cannot be asked now.
        """
        ...


def link_to(address: Address) -> Link:
    """The way to a device; nothing is connected yet."""
    # ruff: noqa: PLC0415 - a kind of device is loaded when there is one
    match address:
        case ObsAddress():
            from streams.stage.links.obs import Obs

            return Obs(address)
        case X32Address():
            from streams.stage.links.x32 import X32

            return X32(address)
        case VmixAddress():
            from streams.stage.links.polled import Polled
            from streams.stage.links.vmix import Vmix

            return Polled(Vmix(address))
        case HttpAddress():
            from streams.stage.links.http import Http
            from streams.stage.links.polled import Polled

            return Polled(Http(address))
        case SimulatedAddress():
            from streams.stage.links.simulated import Simulated

            return Simulated(address)


class Retry:
    """Waits between two tries to connect, longer each time; `reset` after a success."""

    def __init__(self) -> None:
        self._next_s = FIRST_RETRY_S

    def reset(self) -> None:
        """Begin with the shortest wait again."""
        self._next_s = FIRST_RETRY_S

    async def wait(self) -> None:
        """Wait for the next try."""
        wait_s, self._next_s = self._next_s, min(self._next_s * 2, LONGEST_RETRY_S)
        await asyncio.sleep(wait_s)
