"""What every way to a microphone can do."""

import asyncio
from collections.abc import Callable
from typing import Protocol

# A cable that was pulled for a moment is found at once; a device that is off for an hour is asked
# no oftener than it takes to see it come back
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
