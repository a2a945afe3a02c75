"""The gateway's HTTP parser beside httptools, on the same requests: `python -m bench.http_parsers`.

httptools is no dependency: `pip install httptools` first. It is given the least that a protocol
needs (method, path, headers by lower-case name, body); limits and refusals would come on top.
"""

import gc
import time
from statistics import median

from httptools import HttpRequestParser  # pyright: ignore[reportMissingImports]

from streams.gateway.http.messages import Request
from streams.gateway.http.parser import RequestParser

ROUNDS = 9  # odd, so that the median is one that was measured
REQUESTS = 20_000  # a tenth of a second: far above the clock's step
BODY = b'{"type":"ballots.cast","data":{"ballots":[{"unit":"d07","choice":5}]}}'
HEAD = (
    b"POST /votes HTTP/1.1\r\nHost: 127.0.0.1:8081\r\nContent-Type: application/json\r\n"
    b"webhook-id: msg_2KWPBgLlAfxdpx2AI54pPJ85f4W\r\nwebhook-timestamp: 1674087231\r\n"
    b"webhook-signature: v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=\r\n"
)
REQUEST = HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY


class Protocol:
    """What httptools calls."""

    def __init__(self) -> None:
        self.parser = HttpRequestParser(self)
        self.path, self.headers, self.body, self.done = "", dict[str, str](), b"", 0

    def on_message_begin(self) -> None:
        self.headers, self.body = {}, b""

    def on_url(self, url: bytes) -> None:
        self.path = url.decode("ascii")

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("ascii").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        assert self.parser.get_method() == b"POST"
        assert self.body == BODY
        self.done += 1


def theirs() -> float:
    protocol = Protocol()
    began = time.process_time()
    for _ in range(REQUESTS):
        protocol.parser.feed_data(REQUEST)
    assert protocol.done == REQUESTS
    return (time.process_time() - began) / REQUESTS * 1e6


def ours() -> float:
    parser = RequestParser(16 * 1024, 64 * 1024)
    began = time.process_time()
    for _ in range(REQUESTS):
        request = parser.read(REQUEST)
        assert isinstance(request, Request)
        assert request.body == BODY
    return (time.process_time() - began) / REQUESTS * 1e6


def main() -> None:
    gc.disable()
    turns = [(ours(), theirs()) for _ in range(ROUNDS)]
    print(f"CPU us a request, median of {ROUNDS} turns, and the range:")
    for name, figures in zip(("ours", "httptools"), zip(*turns, strict=True), strict=True):
        print(f"  {name:10} {median(figures):5.2f}  ({min(figures):.2f} to {max(figures):.2f})")


if __name__ == "__main__":
    main()
