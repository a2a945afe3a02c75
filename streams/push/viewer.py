"""One connection: bytes in and out, WebSocket's rules through the library, a stalled reader known.

What is said over it is the handler's business. A viewer holds no queue: while its socket takes no
more, no state is written to it, and when it does again the handler says what it is owed by then.
"""

import asyncio
import os
from typing import Protocol, cast

from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import SEND_EOF, State
from websockets.server import ServerProtocol

from streams.push.cohorts import Place
from streams.push.config import Limits

NO_REQUEST = b"This is no HTTP request. Viewers connect a WebSocket to /live.\n"
BAD_REQUEST = (
    b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (len(NO_REQUEST), NO_REQUEST)
)


class ViewerHandler(Protocol):
    """Where a viewer's events go, and what all viewers share."""

    limits: Limits
    read_buffer: memoryview

    def protocol(self) -> ServerProtocol:
        """Make a WebSocket protocol for a new connection."""
        ...

    def connected(self, viewer: "Viewer") -> None:
        """A socket was accepted."""
        ...

    def respond(self, viewer: "Viewer", protocol: ServerProtocol, request: Request) -> Response:
        """An HTTP request came; 101 makes it a WebSocket."""
        ...

    def opened(self, viewer: "Viewer") -> None:
        """The WebSocket is open."""
        ...

    def heard(self, viewer: "Viewer", text: bytes) -> None:
        """A whole text message came."""
        ...

    def heard_binary(self, viewer: "Viewer") -> None:
        """A binary message began."""
        ...

    def stalled(self, viewer: "Viewer") -> None:
        """A viewer's socket takes no more."""
        ...

    def writable(self, viewer: "Viewer") -> None:
        """A stalled viewer's socket takes bytes again."""
        ...

    def ending(self, viewer: "Viewer") -> None:
        """The connection is being closed; its socket must be gone soon."""
        ...

    def lost(self, viewer: "Viewer") -> None:
        """The socket is gone."""
        ...

    def refused(self, reason: str) -> None:
        """Something was not served, for a reason of one word."""
        ...


class Viewer(Place, asyncio.BufferedProtocol):
    """A viewer's connection, and its place in the hub."""

    __slots__ = (
        "_frames_read",
        "_handler",
        "_header_bytes",
        "_message",
        "_protocol",
        "_transport",
        "awaits_pong",
        "ended",
        "is_open",
        "role",
        "stalled",
        "turn",
    )
    _transport: asyncio.Transport

    def __init__(self, handler: ViewerHandler) -> None:
        super().__init__()
        self._handler = handler
        self._protocol = handler.protocol()
        self._message: bytearray | None = None
        self._frames_read = self._header_bytes = 0
        self.turn = 0
        self.role = ""
        self.is_open = self.ended = False
        self.stalled = self.awaits_pong = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; bytes that the socket does not take at once mean that the viewer has stalled."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=0)
        self.socket = self._transport.get_extra_info("socket").fileno()
        self._handler.connected(self)

    def socket_option(self, level: int, name: int, value: int) -> None:
        """Set an option of the socket."""
        self._transport.get_extra_info("socket").setsockopt(level, name, value)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Lend the one buffer that all viewers read into."""
        return self._handler.read_buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Read what came."""
        if self._protocol.state is State.CONNECTING:
            self._header_bytes += nbytes
        self._protocol.receive_data(bytes(self._handler.read_buffer[:nbytes]))
        self._react()

    def eof_received(self) -> None:
        """The other end is done: so are we."""
        self._protocol.receive_eof()
        self._react()

    def pause_writing(self) -> None:
        """The socket takes no more."""
        self.stalled = True
        self._handler.stalled(self)

    def resume_writing(self) -> None:
        """The socket takes bytes again."""
        self.stalled = False
        if self.is_open:
            self._handler.writable(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is gone."""
        self.is_open, self.ended = False, True
        self._handler.lost(self)

    def write(self, frame: bytes) -> None:
        """Send a frame to an open viewer that has not stalled.

        Nothing waits in the transport then, so the frame goes to the socket itself; what the
        socket does not take, and whatever is wrong with it, is the transport's.
        """
        try:
            sent = os.write(self.socket, frame)
        except OSError:
            sent = 0
        if sent < len(frame):
            self.write_rest(frame, sent)

    def write_rest(self, frame: bytes, sent: int) -> None:
        """Send what the socket did not take of a frame."""
        self._transport.write(frame[sent:])

    def tell(self, frame: bytes) -> None:
        """Send an answer, also behind what is stalled; who lets answers pile up is dropped."""
        if self.ended or self._transport.is_closing():
            return
        self._transport.write(frame)
        if self._transport.get_write_buffer_size() > self._handler.limits.queue_bytes:
            self._handler.refused("not_reading")
            self.drop()

    def ping(self, ping: bytes, clock: bytes) -> None:
        """Ask whether the viewer is there, and tell the time; its frames are counted anew."""
        self.awaits_pong, self._frames_read = True, 0
        if self.stalled:
            self.tell(ping)
        else:
            self.write(ping + clock)

    def close(self, code: CloseCode, reason: str) -> None:
        """Say goodbye; the socket is gone when the viewer has answered."""
        if self.is_open:
            self._protocol.send_close(code, reason)
            self._flush()

    def fail(self, code: CloseCode, reason: str) -> None:
        """Close on one that broke a rule; what else it sends is not read."""
        self._protocol.fail(code, reason)
        self._flush()

    def drop(self) -> None:
        """Cut the connection."""
        self._transport.abort()

    def _react(self) -> None:
        for event in self._protocol.events_received():
            if isinstance(event, Request):
                self._shake_hands(event)
            elif isinstance(event, Frame) and self._protocol.state is State.OPEN:
                self._receive(event)
        if self._header_bytes > self._handler.limits.header_bytes and not self.ended:
            self._refuse_header()
        self._flush()

    def _shake_hands(self, request: Request) -> None:
        response = self._handler.respond(self, self._protocol, request)
        self._header_bytes = 0
        self._protocol.send_response(response)
        if response.status_code == 101:
            self.is_open = True
            self._flush()
        if self.is_open:
            self._handler.opened(self)

    def _refuse_header(self) -> None:
        if not self._protocol.close_expected():
            self._handler.refused("header_too_large")
            sentence = f"A request may have {self._handler.limits.header_bytes} bytes.\n"
            self._protocol.send_response(self._protocol.reject(431, sentence))

    def _receive(self, frame: Frame) -> None:
        self._frames_read += 1
        if self._frames_read > self._handler.limits.frames_per_ping:
            self._handler.refused("too_many_messages")
            self.fail(CloseCode.POLICY_VIOLATION, "too many messages")
        elif frame.opcode is Opcode.PONG:
            self.awaits_pong = False
        elif frame.opcode is Opcode.BINARY:
            self._handler.heard_binary(self)
        elif frame.opcode is Opcode.TEXT and frame.fin:
            self._handler.heard(self, bytes(frame.data))
        elif frame.opcode is Opcode.TEXT:
            self._message = bytearray(frame.data)
        elif frame.opcode is Opcode.CONT and self._message is not None:
            self._message += frame.data
            if frame.fin:
                text, self._message = bytes(self._message), None
                self._handler.heard(self, text)

    def _flush(self) -> None:
        frames = self._protocol.data_to_send()
        if frames == [SEND_EOF] and self._protocol.handshake_exc and self._header_bytes:
            self._handler.refused("malformed_request")
            frames = [BAD_REQUEST, SEND_EOF]
        for frame in frames:
            if frame != SEND_EOF:
                self.tell(frame)
            elif not self.ended:
                self.ended = True
                self._transport.write_eof()
        if self.ended or self._protocol.close_expected():
            self.is_open = False
            self._handler.ending(self)
