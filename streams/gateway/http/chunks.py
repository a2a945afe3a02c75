"""Puts a chunked body together (RFC 9112, section 7.1)."""

import re

from streams.gateway.http.messages import BadRequest

# A size of 8 digits, and extensions, which nobody sends: RFC 9112, 7.1.1 asks for a bound on them
LINE_BYTES = 1_024
# Trailers are read and dropped: half of a head's room is more than anyone needs
TRAILER_BYTES = 8_192
# 8 digits are 4 GiB: a size of more would be refused for the body's bound anyway
_SIZE = re.compile(rb"([0-9a-fA-F]{1,8})(?:[ \t]*;[^\x00-\x08\x0a-\x1f\x7f]*)?")

# RFC 9112, 7.1; 400 Bad Request
BROKEN = BadRequest(400, "bad_chunk", "send SIZE in hexadecimal, and as many bytes")


class Chunks:
    """The chunks of one body, at most `most_bytes` of it."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._body = bytearray()
        self._is_last = False
        self._trailer_bytes = 0

    def feed(self, data: bytes) -> tuple[bytes | BadRequest | None, bytes]:
        """Take bytes; gives the body when it is whole, and the bytes that were not used."""
        at = 0
        while True:
            end = data.find(b"\r\n", at)
            if end < 0:
                return (None if len(data) - at <= LINE_BYTES else BROKEN), data[at:]
            if self._is_last:
                self._trailer_bytes += end - at
                if end == at:
                    return bytes(self._body), data[end + 2 :]
                if self._trailer_bytes > TRAILER_BYTES:
                    return BROKEN, b""
                at = end + 2
                continue
            size = _SIZE.fullmatch(data, at, end)
            after = BROKEN if size is None else self._take(data, end + 2, int(size.group(1), 16))
            if not isinstance(after, int):
                return after, data[at:]
            at = after

    def _take(self, data: bytes, start: int, size: int) -> int | BadRequest | None:
        """Take a chunk of `size` bytes; where the next one begins, or None until it is whole."""
        if size == 0:
            self._is_last = True
            return start
        if len(self._body) + size > self._most_bytes:
            return BadRequest(413, "body_too_large", f"send at most {self._most_bytes} bytes")
        end = start + size
        if len(data) < end + 2:
            return None
        if data[end : end + 2] != b"\r\n":
            return BROKEN
        self._body += data[start:end]
        return end + 2
