"""Writes answers as bytes."""

from functools import cache
from http import HTTPStatus

from streams.gateway.http.messages import Reply

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def encode(reply: Reply, date: bytes, *, closes: bool, is_head: bool) -> bytes:
    """Write an answer; to HEAD without the body (RFC 9110, 9.3.2)."""
    body = b"" if is_head else reply.body
    return b"%b%bdate: %b\r\ncontent-length: %d\r\n%b\r\n%b" % (
        _beginning(reply.status, reply.content_type),
        b"".join([f"{name}: {value}\r\n".encode("latin-1") for name, value in reply.headers]),
        date,
        len(reply.body),
        b"connection: close\r\n" if closes else b"",
        body,
    )


@cache
def _beginning(status: int, content_type: str) -> bytes:
    phrase = HTTPStatus(status).phrase
    return f"HTTP/1.1 {status} {phrase}\r\ncontent-type: {content_type}\r\n".encode("latin-1")
