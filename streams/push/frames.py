"""WebSocket frames that many viewers share: encoded once, compressed once (RFC 6455, RFC 7692).

A server's text frame is the same for everyone, and so is a compressed one when no context is taken
over from message to message; so the library encodes it once, in a connection with nobody.
"""

from typing import cast

from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import (
    ClientPerMessageDeflateFactory,
    ServerPerMessageDeflateFactory,
)
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

# Below it the frame hardly shrinks, and fits one packet anyway.
LEAST_WORTH_COMPRESSING = 256


def deflate_offer() -> ServerPerMessageDeflateFactory:
    """How push compresses: each message by itself, in both directions."""
    return ServerPerMessageDeflateFactory(
        server_no_context_takeover=True, client_no_context_takeover=True
    )


def shares_deflate(extensions: str | None) -> bool:
    """Whether a viewer can read shared compressed frames, by the handshake's answer to it.

    One that asked for a smaller window cannot: it gets plain frames, which are always allowed.
    """
    agreed = extensions or ""
    smaller = "server_max_window_bits" in agreed and "server_max_window_bits=15" not in agreed
    return "permessage-deflate" in agreed and not smaller


class Frames:
    """One message as it goes on the wire; the compressed form is made when it is first needed."""

    __slots__ = ("_deflated", "_encoder", "_text", "plain")

    def __init__(self, text: bytes, plain: bytes, encoder: "Encoder") -> None:
        self.plain = plain
        self._text = text
        self._encoder = encoder
        self._deflated: bytes | None = None

    def deflated(self) -> bytes:
        """The compressed frame, or the plain one when that would save nothing."""
        if self._deflated is None:
            small = len(self._text) < LEAST_WORTH_COMPRESSING
            self._deflated = self.plain if small else self._encoder.deflate(self._text)
        return self._deflated


class Encoder:
    """Turns text into frames, through the library's own encoder."""

    def __init__(self) -> None:
        self._plain = ServerProtocol(state=State.OPEN)
        self._plain.send_ping(b"")
        self.ping = b"".join(self._plain.data_to_send())
        self._deflating = _deflating_protocol()

    def encode(self, text: bytes) -> Frames:
        """Make the frames of a text message (UTF-8)."""
        self._plain.send_text(text)
        return Frames(text, b"".join(self._plain.data_to_send()), self)

    def deflate(self, text: bytes) -> bytes:
        """Make a compressed text frame."""
        self._deflating.send_text(text)
        return b"".join(self._deflating.data_to_send())


def _deflating_protocol() -> ServerProtocol:
    """The server's end of a connection that has agreed on compression."""
    client = ClientProtocol(
        parse_uri("ws://localhost/live"), extensions=[ClientPerMessageDeflateFactory()]
    )
    server = ServerProtocol(extensions=[deflate_offer()])
    client.send_request(client.connect())
    server.receive_data(b"".join(client.data_to_send()))
    [request] = server.events_received()
    server.send_response(server.accept(cast(Request, request)))
    server.data_to_send()
    return server
