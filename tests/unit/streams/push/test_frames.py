"""Frames that viewers share, read by the library's own client."""

import pytest
from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.frames import Frame
from websockets.http11 import Request
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from streams.push.frames import Encoder, deflate_offer, shares_deflate

TEXT = '{"type":"update","data":"满意"}'.encode() * 100


def a_client(**offer: int) -> tuple[ClientProtocol, str | None]:
    """A client that has shaken hands, and what the server agreed to."""
    extensions = [ClientPerMessageDeflateFactory(**offer)]  # pyright: ignore
    client = ClientProtocol(parse_uri("ws://localhost/live"), extensions=extensions)
    server = ServerProtocol(extensions=[deflate_offer()])
    client.send_request(client.connect())
    server.receive_data(b"".join(client.data_to_send()))
    [request] = server.events_received()
    assert isinstance(request, Request)
    response = server.accept(request)
    server.send_response(response)
    client.receive_data(b"".join(server.data_to_send()))
    client.events_received()
    return client, response.headers.get("Sec-WebSocket-Extensions")


def read(client: ClientProtocol, frame: bytes) -> bytes:
    client.receive_data(frame)
    [event] = client.events_received()
    assert isinstance(event, Frame)
    return bytes(event.data)


def test_a_plain_frame_is_read_by_any_client() -> None:
    client, _ = a_client()
    assert read(client, Encoder().encode(TEXT).plain) == TEXT


def test_a_compressed_frame_is_read_by_every_client_that_agreed_and_again() -> None:
    encoder = Encoder()
    first, second = encoder.encode(TEXT).deflated(), encoder.encode(TEXT + TEXT).deflated()
    assert len(first) < len(TEXT) / 5
    for _ in range(2):
        client, agreed = a_client()
        assert shares_deflate(agreed)
        assert [read(client, frame) for frame in (first, second)] == [TEXT, TEXT + TEXT]


def test_a_compressed_frame_is_made_once() -> None:
    frames = Encoder().encode(TEXT)
    assert frames.deflated() is frames.deflated()


def test_what_is_short_is_not_compressed() -> None:
    frames = Encoder().encode(b"{}")
    assert frames.deflated() is frames.plain


@pytest.mark.parametrize(("bits", "shares"), [(15, True), (12, False), (9, False)])
def test_a_client_with_a_smaller_window_gets_plain_frames(bits: int, shares: bool) -> None:
    client, agreed = a_client(server_max_window_bits=bits)
    assert shares_deflate(agreed) is shares
    assert read(client, Encoder().encode(TEXT).plain) == TEXT


def test_a_client_without_the_extension_gets_plain_frames() -> None:
    assert not shares_deflate(None)
