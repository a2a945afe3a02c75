"""Once a second: pings those whose turn it is, drops who did not answer, ends what takes too long.

The turns are spread over the ping interval, so that 10,000 pings are 500 a second.
"""

import asyncio

from streams.push.connections import Connections
from streams.running import steady_s

SLICE = 64  # pings, then boards have their turn


class Heartbeat:
    """Keeps only viewers that are there."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._turn = 0

    async def run(self) -> None:
        """Keep until cancelled."""
        while True:
            await asyncio.sleep(1)
            self._end_overdue()
            await self._ping()

    def _end_overdue(self) -> None:
        now = steady_s()
        overdue = [viewer for viewer, by in self._connections.deadlines.items() if by < now]
        for viewer in overdue:
            if not viewer.ended:
                self._connections.refused("timeout")
            viewer.drop()

    async def _ping(self) -> None:
        self._turn = (self._turn + 1) % self._connections.limits.ping_interval_s
        due = [viewer for viewer in self._connections.viewers if viewer.turn == self._turn]
        ping = self._connections.ping()
        for start in range(0, len(due), SLICE):
            clock = self._connections.clock()
            for viewer in due[start : start + SLICE]:
                if not viewer.is_open:
                    continue
                if viewer.awaits_pong:
                    self._connections.refused("no_pong")
                    viewer.drop()
                else:
                    viewer.ping(ping, clock)
            await asyncio.sleep(0)
