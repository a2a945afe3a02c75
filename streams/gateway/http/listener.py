"""Listens, counts who is in, keeps the deadlines, and ends in order."""

import asyncio
import logging
import socket
from email.utils import formatdate
from typing import Protocol

from streams.gateway.http.connection import Connection, Phase
from streams.gateway.http.faults import described
from streams.gateway.http.limits import HttpLimits
from streams.gateway.http.messages import Reply, Request
from streams.gateway.http.parser import RequestParser

# All phones of a hall connect in the second in which a round opens; Linux cuts it at
# net.core.somaxconn, 4,096 since 5.4
BACKLOG = 4_096
# asyncio accepts as many at a time as its backlog says: 4,096 in one turn would keep those waiting
# who are in
ACCEPTS_A_TURN = 64
# A deadline is kept to within this; a sweep over 10,000 connections takes 8 ms (measured)
SWEEP_S = 0.25
# Twice `answer_timeout_ms`, and below `STOP_WITHIN_S` of tribune.supervise.crew, which kills then
DRAIN_S = 5.0
# A whole body of the greatest size; asyncio's own way makes a buffer of 256 kB for each read
READ_BYTES = 1 << 16
# A refusal has come to the peer by then also when its first packet was lost (RTO 1 s, RFC 6298)
LINGER_S = 2.0


log = logging.getLogger(__name__)


class Application(Protocol):
    """Who answers."""

    def answer(self, request: Request) -> None:
        """Answer a request, now or later; raises nothing."""
        ...

    def answered(self, route: str, reply: Reply) -> None:
        """Count an answer."""
        ...

    def refused(self, path: str, reply: Reply) -> None:
        """Count an answer to what was no whole request."""
        ...


class Listener:
    """Every connection of one port (streams.gateway.http.connection.Server).

    When there is no room, who has waited longest for nothing gives way: first one who is idle,
    then one whose request does not come to its end; without such a one, the newcomer.
    """

    def __init__(self, limits: HttpLimits, application: Application) -> None:
        self.answer = application.answer
        self.answered = application.answered
        self.refused = application.refused
        self.is_closing = False
        self.now_s = 0.0
        self.date = b""
        self._limits = limits
        self._timeouts_s = [float("inf")] * len(Phase)
        self._timeouts_s[Phase.IDLE] = limits.idle_timeout_ms / 1000
        self._timeouts_s[Phase.HEAD] = limits.header_timeout_ms / 1000
        self._timeouts_s[Phase.BODY] = limits.body_timeout_ms / 1000
        self._timeouts_s[Phase.READER] = limits.body_timeout_ms / 1000
        self._timeouts_s[Phase.REFUSED] = self._timeouts_s[Phase.END] = LINGER_S
        self.buffer = memoryview(bytearray(READ_BYTES))
        self._connections: set[Connection] = set()
        self._may_go: list[Connection] | None = None
        self._inbox: list[tuple[Connection, bytes]] = []
        self._outbox: list[Connection] = []
        self._loop = asyncio.get_running_loop()
        self._gone = asyncio.Event()

    async def serve(self, host: str, port: int) -> None:
        """Serve until cancelled; then let no one in any more, and answer who is in.

        Raises:
            OSError: the port cannot be had.
        """
        self._tell_time()
        server = await self._listen(host, port)
        try:
            while True:
                await asyncio.sleep(SWEEP_S)
                self._sweep()
        finally:
            server.close()
            await self._drain()

    @property
    def connections(self) -> int:
        """How many are in."""
        return len(self._connections)

    def parser(self) -> RequestParser:
        """A parser with the limits."""
        return RequestParser(self._limits.header_bytes, self._limits.body_bytes)

    def admit(self, connection: Connection) -> bool:
        """Let one more in, if there is room or can be made."""
        if len(self._connections) >= self._limits.connections and not self._make_room():
            return False
        self._connections.add(connection)
        return True

    def arrived(self, connection: Connection, data: bytes) -> None:
        """Something came for a connection: its turn is when all has come that has."""
        if not self._inbox:
            self._loop.call_soon(self._take_turns)
        self._inbox.append((connection, data))

    def wrote(self, connection: Connection) -> None:
        """A connection has something to send: when all have written who will."""
        if not self._outbox:
            self._loop.call_soon(self._send_off)
        self._outbox.append(connection)

    def leave(self, connection: Connection) -> None:
        """One is gone."""
        self._connections.discard(connection)
        if not self._connections:
            self._gone.set()

    def _take_turns(self) -> None:
        inbox, self._inbox = self._inbox, []
        for connection, data in inbox:
            try:
                connection.receive(data)
            except Exception as fault:
                self._cut(connection, fault)

    def _send_off(self) -> None:
        outbox, self._outbox = self._outbox, []
        for connection in outbox:
            try:
                connection.flush()
            except Exception as fault:
                self._cut(connection, fault)

    def _cut(self, connection: Connection, fault: Exception) -> None:
        """One connection's fault is that connection's end, and nobody else's."""
        log.error("a connection is cut: %s", described(fault))
        connection.abort()

    def _make_room(self) -> bool:
        if self._may_go is None:  # looked for once a sweep, at most
            waiting = [each for each in self._connections if each.phase <= Phase.BODY]
            waiting.sort(key=lambda each: (each.phase, each.since_s), reverse=True)
            self._may_go = waiting
        while self._may_go:
            longest = self._may_go.pop()
            if longest in self._connections and longest.phase <= Phase.BODY:
                longest.hang_up()
                self.leave(longest)
                return True
        return False

    async def _listen(self, host: str, port: int) -> asyncio.Server:
        """A long queue in the kernel, of which a few are accepted in each turn; asyncio accepts as
        many at a time as its own backlog says.
        """
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
        server = await self._loop.create_server(
            lambda: Connection(self), sock=listener, backlog=ACCEPTS_A_TURN
        )
        # create_server has shortened the kernel's queue to asyncio's backlog
        listener.listen(BACKLOG)
        return server

    def _tell_time(self) -> None:
        self.now_s = self._loop.time()
        self.date = formatdate(usegmt=True).encode()

    def _sweep(self) -> None:
        self._tell_time()
        self._may_go = None
        for connection in list(self._connections):
            if connection.since_s + self._timeouts_s[connection.phase] < self.now_s:
                connection.expire()

    async def _drain(self) -> None:
        self.is_closing = True
        for connection in list(self._connections):
            if connection.phase is Phase.IDLE:
                connection.hang_up()
        ends_s = self._loop.time() + DRAIN_S
        while self._connections and self._loop.time() < ends_s:
            self._gone.clear()
            try:
                async with asyncio.timeout(SWEEP_S):
                    await self._gone.wait()
            except TimeoutError:
                self._sweep()
