"""One connection: its requests in turn, a deadline for each step, and an orderly end."""

import asyncio
from contextlib import suppress
from enum import IntEnum
from typing import Protocol

from streams.gateway.http.answers import CONTINUE, encode
from streams.gateway.http.errors import error
from streams.gateway.http.messages import BadRequest, Reply, Request
from streams.gateway.http.parser import RequestParser

# 16 bodies of the greatest size: who goes on sending after the refusal does not read it
LINGER_BYTES = 1 << 20
# A whole body of the greatest size may be sent ahead; then it is the kernel's buffer that fills up
PIPELINED_BYTES = 1 << 16


class Phase(IntEnum):
    """What a connection waits for: a request, the rest of one, our answer, the peer to read what
    was written, the peer to hang up after a refusal, what was written to be sent off.
    """

    IDLE = 0
    HEAD = 1
    BODY = 2
    ANSWER = 3
    READER = 4
    REFUSED = 5
    END = 6


class Server(Protocol):
    """What a connection needs of the listener that it came in by; `now_s` is a coarse clock.

    What all peers sent is taken before anything is answered, and all answers are written before
    anything is sent: system calls in between made everything else a third slower.
    """

    now_s: float
    date: bytes
    buffer: memoryview
    is_closing: bool

    def parser(self) -> RequestParser:
        """A parser with the limits."""
        ...

    def admit(self, connection: "Connection") -> bool:
        """Whether one more may come in."""
        ...

    def arrived(self, connection: "Connection", data: bytes) -> None:
        """Have a connection `receive` what came for it, soon."""
        ...

    def wrote(self, connection: "Connection") -> None:
        """Have a connection `flush` what it wrote, soon."""
        ...

    def answer(self, request: Request) -> None:
        """Answer a request, now or later."""
        ...

    def answered(self, route: str, reply: Reply) -> None:
        """Count an answer."""
        ...

    def refused(self, path: str, reply: Reply) -> None:
        """Count an answer to what was no whole request; `path` is where it was going, or empty."""
        ...

    def leave(self, connection: "Connection") -> None:
        """A connection is gone."""
        ...


class Connection(asyncio.BufferedProtocol):
    """Reads requests, and has each one answered before it reads the next."""

    __slots__ = (
        "_is_reading",
        "_lingered",
        "_parser",
        "_peer_is_done",
        "_request",
        "_server",
        "_transport",
        "_unsent",
        "phase",
        "since_s",
    )

    def __init__(self, server: Server) -> None:
        self._server = server
        self._parser = server.parser()
        self._transport: asyncio.Transport | None = None
        self._request: Request | None = None
        self._is_reading = False
        self._peer_is_done = False
        self._lingered = 0
        self._unsent = b""
        self.phase = Phase.IDLE
        self.since_s = server.now_s

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let the peer in, if there is room."""
        self._transport = transport  # pyright: ignore[reportAttributeAccessIssue]
        if not self._server.admit(self):
            self._refuse(BadRequest(503, "too_many_connections", "try again in a moment"))

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone; whatever was asked is answered to nobody."""
        self._transport = self._request = None
        self._server.leave(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the next bytes go: all connections share a buffer, for as long as this turn."""
        return self._server.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Something came."""
        self._server.arrived(self, bytes(self._server.buffer[:nbytes]))

    def receive(self, data: bytes) -> None:
        """Take what came, in turn."""
        if self._transport is None or self.phase is Phase.END:
            return
        if self._request is None and self.phase < Phase.READER:
            self._take(self._parser.read(data))
        elif self.phase is Phase.REFUSED:
            self._linger(len(data))
        else:
            self._parser.hold(data)
            if self._parser.waiting > PIPELINED_BYTES:
                self._transport.pause_reading()

    def flush(self) -> None:
        """Send what was written, and close if that was all."""
        unsent, self._unsent = self._unsent, b""
        if self._transport is None:
            return
        if unsent:  # a refusal may have sent it already, and said that it was the last
            self._transport.write(unsent)
        if self.phase is Phase.END:
            self._transport.close()

    def eof_received(self) -> bool:
        """The peer sends no more, and may still read; true keeps our side open."""
        self._peer_is_done = True
        if self.phase in (Phase.HEAD, Phase.BODY):
            detail = "send the request to its end"
            self._refuse(BadRequest(400, "broken_off", detail, self._parser.path))
        return self.phase in (Phase.ANSWER, Phase.READER)

    def pause_writing(self) -> None:
        """The peer reads too slowly: read nothing more of it until it does."""
        if self.phase < Phase.READER and self._transport is not None:
            self._transport.pause_reading()
            self._enter(Phase.READER)

    def resume_writing(self) -> None:
        """The peer reads again."""
        if self.phase is Phase.READER:
            self._enter(Phase.ANSWER)
            if self._request is None:
                self._read_on()

    def expire(self) -> None:
        """This phase has taken too long."""
        if self.phase is Phase.HEAD:
            self._refuse(BadRequest(408, "slow_head", "send faster"))
        elif self.phase is Phase.BODY:
            self._refuse(BadRequest(408, "slow_body", "send faster", self._parser.path))
        elif self.phase is Phase.IDLE:
            self.hang_up()
        else:
            self.abort()

    def abort(self) -> None:
        """Be gone, whatever was still to be sent."""
        if self._transport is not None:
            self._transport.abort()

    def hang_up(self) -> None:
        """Close after what was written is sent; not for long."""
        self._enter(Phase.END)
        if self._transport is not None and not self._unsent:
            self._transport.close()

    def _write(self, data: bytes) -> None:
        is_first = not self._unsent
        self._unsent += data
        if is_first:
            self._server.wrote(self)

    def _enter(self, phase: Phase) -> None:
        self.phase = phase
        self.since_s = self._server.now_s

    def _take(self, found: Request | BadRequest | None) -> None:
        if found is None:
            self._await_more()
        elif isinstance(found, Request):
            self._request = found
            self.phase = Phase.ANSWER
            found.on_reply = self._respond
            self._server.answer(found)
        else:
            self._refuse(found)

    def _respond(self, request: Request, reply: Reply) -> None:
        """Answer a request, once."""
        server = self._server
        # a second answer, or one to a request whose connection has gone on or away meanwhile
        if request is not self._request or self._transport is None:
            return
        self._request = None
        server.answered(request.route, reply)
        closes = not request.keeps_alive or server.is_closing
        self._write(encode(reply, server.date, closes=closes, is_head=request.method == "HEAD"))
        if closes:
            self.hang_up()
        elif self._parser.is_idle and self.phase is Phase.ANSWER and not self._peer_is_done:
            self._enter(Phase.IDLE)
        else:
            self._read_on()

    def _read_on(self) -> None:
        """Take what was sent ahead, as long as it is whole and answered at once."""
        if self._is_reading:
            return
        self._is_reading = True
        while self._request is None and self.phase is Phase.ANSWER:
            self._take(self._parser.read())
        self._is_reading = False

    def _await_more(self) -> None:
        """Wait for what is missing; each phase has one deadline, however often something comes."""
        parser = self._parser
        phase = Phase.BODY if parser.is_in_body else Phase.IDLE if parser.is_idle else Phase.HEAD
        if self._peer_is_done:
            self.hang_up()
        elif phase is not self.phase:
            self._enter(phase)
        if phase is Phase.BODY and parser.must_continue():
            self._write(CONTINUE)
        if self._transport is not None:
            self._transport.resume_reading()

    def _refuse(self, bad: BadRequest) -> None:
        """Say what is wrong, and read no more; what still comes is let go for a while, since a
        close while the peer sends would take the answer from it (RFC 9112, 9.6).
        """
        if self._transport is None:
            return
        retry = (("retry-after", "1"),) if bad.status == 503 else ()
        reply = error(bad.status, bad.reason, bad.detail, headers=retry)
        self._server.refused(bad.path, reply)
        self._enter(Phase.REFUSED)
        self._unsent += encode(reply, self._server.date, closes=True, is_head=False)
        self.flush()
        if self._peer_is_done or bad.status == 503:
            self._transport.close()
        else:
            with suppress(OSError):  # the peer may be gone already
                self._transport.write_eof()
            self._transport.resume_reading()

    def _linger(self, size: int) -> None:
        self._lingered += size
        if self._lingered > LINGER_BYTES:
            self.abort()
