"""Takes bytes, gives requests; never raises on what a peer sends."""

import re

from streams.gateway.http.chunks import Chunks
from streams.gateway.http.head import read_head
from streams.gateway.http.messages import BadRequest, Request

# What fits 63 bits; and `int` of a very long text takes long
MOST_DIGITS = 18
# What cannot begin a request is refused at its first bytes: who speaks TLS waits for an answer
_BEGINNING = re.compile(rb"[\r\n]|[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}(?: |$)")


class RequestParser:
    """One connection's requests, one after the other."""

    __slots__ = ("_chunks", "_data", "_length", "_most_body", "_most_head", "_request")

    def __init__(self, most_head_bytes: int, most_body_bytes: int) -> None:
        self._most_head, self._most_body = most_head_bytes, most_body_bytes
        self._data = b""
        self._request: Request | None = None
        self._length = 0
        self._chunks: Chunks | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nothing of a next request has come."""
        return self._request is None and not self._data

    @property
    def is_in_body(self) -> bool:
        """Whether a head was read, and its body is awaited."""
        return self._request is not None

    @property
    def path(self) -> str:
        """Where the request goes whose body is awaited."""
        return "" if self._request is None else self._request.path

    @property
    def waiting(self) -> int:
        """How many bytes are held that were not read yet."""
        return len(self._data)

    def hold(self, data: bytes) -> None:
        """Take what came out of turn."""
        self._data = self._data + data if self._data else data

    def read(self, data: bytes = b"") -> Request | BadRequest | None:
        """Take what came; gives the next request when it is whole, and after a bad one none."""
        self._data = self._data + data if self._data else data
        if self._request is None:
            bad = self._begin()
            if bad is not None or self._request is None:
                return bad
        if self._chunks is not None:
            body, self._data = self._chunks.feed(self._data)
            if isinstance(body, BadRequest):
                return body._replace(path=self.path)
            return None if body is None else self._end(body)
        if len(self._data) < self._length:
            return None
        body, self._data = self._data[: self._length], self._data[self._length :]
        return self._end(body)

    def must_continue(self) -> bool:
        """Whether the peer waits to be told that its body is welcome (RFC 9110, 10.1.1)."""
        request = self._request
        if request is None or self._data or "expect" not in request.headers:
            return False
        return request.headers.pop("expect").lower() == "100-continue"

    def _begin(self) -> BadRequest | None:
        while self._data.startswith(b"\r\n"):  # RFC 9112, 2.2
            self._data = self._data[2:]
        end = self._data.find(b"\r\n\r\n", 0, self._most_head + 4)
        if end < 0:
            if self._data and not _BEGINNING.match(self._data):
                return BadRequest(400, "bad_request_line", "speak HTTP/1.1, and plainly")
            if len(self._data) < self._most_head:
                return None
            detail = f"send a head of at most {self._most_head} bytes"
            return BadRequest(431, "head_too_large", detail)
        request = read_head(self._data[:end])
        if isinstance(request, BadRequest):
            return request
        self._data = self._data[end + 4 :]
        return self._expect_body(request)

    def _expect_body(self, request: Request) -> BadRequest | None:
        length = request.headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit() and len(length) <= MOST_DIGITS):
            return BadRequest(400, "bad_length", "send Content-Length in digits", request.path)
        self._length = int(length)
        if self._length > self._most_body:
            detail = f"send at most {self._most_body} bytes"
            return BadRequest(413, "body_too_large", detail, request.path)
        self._chunks = Chunks(self._most_body) if request.is_chunked else None
        self._request = request
        return None

    def _end(self, body: bytes) -> Request | None:
        request, self._request, self._chunks = self._request, None, None
        if request is not None:
            request.body = body
        return request
