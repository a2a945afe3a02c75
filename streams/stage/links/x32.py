"""Behringer X32 and Midas M32 by OSC over UDP (Unofficial X32/M32 OSC Remote Protocol, P. Maillot).

`/ch/01/mix/on ,i 0` mutes a channel, 1 opens it; without an argument it is answered as it stands.
Who set it gets no echo; who said `/xremote` within 10 s is told what others change.
"""

import asyncio
from typing import cast

from streams.running import steady_s
from streams.stage.config import X32Address
from streams.stage.links import osc
from streams.stage.links.link import Heard, Retry, Unreachable

# Between looks `/xremote` tells what a hand changed; a look finds what a lost datagram hid
LOOK_S = 1.0
# `/xremote` holds for 10 s; when one is lost, the next look still sees what a hand changed
REMOTE_EVERY_S = 8.0
# Two answers in a row were lost, or the mixer is off
SILENT_AFTER_S = 2.5


class X32:
    """A channel of a mixer."""

    def __init__(self, address: X32Address) -> None:
        self.problem: str | None = "was not asked yet"
        self._address = address
        self._path = f"/ch/{address.channel:02d}/mix/on"
        self._wire: _Wire | None = None

    async def run(self, heard: Heard) -> None:
        """Ask how it stands every second, and listen in between."""
        place, retry = (self._address.host, self._address.port), Retry()
        loop = asyncio.get_running_loop()
        while True:
            try:
                transport, wire = await loop.create_datagram_endpoint(
                    lambda: _Wire(self._path, lambda is_open: self._hear(is_open, heard)),
                    remote_addr=place,
                )
            except OSError as error:
                self.problem = f"{place[0]}: {error}"
                heard(None)
                await retry.wait()
                continue
            self._wire = wire
            try:
                await self._look(wire, heard)
            finally:
                self._wire = None
                transport.close()

    async def order(self, is_open: bool) -> None:
        """Set it, and ask at once how it stands."""
        if self._wire is None:
            raise Unreachable(self.problem or "is not started")
        self._wire.send(osc.encode(self._path, int(is_open)))
        self._wire.send(osc.encode(self._path))

    def _hear(self, is_open: bool | None, heard: Heard) -> None:
        self.problem = None
        heard(is_open)

    async def _look(self, wire: "_Wire", heard: Heard) -> None:
        remote_at = 0.0
        while True:
            now = steady_s()
            if now >= remote_at:
                wire.send(osc.encode("/xremote"))
                remote_at = now + REMOTE_EVERY_S
            wire.send(osc.encode(self._path))
            await asyncio.sleep(LOOK_S)
            if steady_s() - wire.heard_at > SILENT_AFTER_S:
                self.problem = f"does not answer at {self._address.host}:{self._address.port}"
                heard(None)


class _Wire(asyncio.DatagramProtocol):
    """The socket: hands on what the channel's state is said to be."""

    def __init__(self, path: str, hear: Heard) -> None:
        self._path = path
        self._hear = hear
        self._transport: asyncio.DatagramTransport | None = None
        self.heard_at = steady_s()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def send(self, datagram: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(datagram)

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.heard_at = steady_s()
        try:
            path, arguments = osc.decode(data)
        except osc.NotOsc:
            return
        if path == self._path and arguments and isinstance(arguments[0], int):
            self._hear(bool(arguments[0]))

    def error_received(self, exc: Exception) -> None:
        """The mixer's port is closed: the next look says so, if it stays so."""
