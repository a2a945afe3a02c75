"""Requests of every kind of wrong, and a client that sends many of them."""

import json
import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

from schemas.ballots import CHOICES
from streams.gateway.wechat.signature import sign as sign_wechat
from streams.signatures import read_secret, sign
from tests.support.gateway import PARTNER, PARTNER_SECRET, WECHAT_TOKEN

KEY = read_secret(PARTNER_SECRET)
PATHS = (
    "/votes",
    "/vote",
    "/questions",
    "/wechat/county",
    "/healthz",
    "/",
    "/votes/",
    "//",
    "/%00",
)
METHODS = ("POST", "GET", "PUT", "HEAD", "OPTIONS", "DELETE", "PATCH", "CONNECTED", "x")
WORDS = ("satisfaction", "housing", "satisfied", "", "住建局", "\ud83d", "\x00", "a" * 300, "../..")
SCALARS: tuple[Any, ...] = (None, True, 0, -1, 1 << 63, 1e308, *WORDS)


class Fuzz:
    """Makes requests, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.number = seed * 1_000_000

    def requests(self, count: int) -> Iterator[bytes]:
        kinds: list[Callable[[], bytes]] = [
            self.vote,
            self.signed_json,
            self.signed_bytes,
            self.tampered,
            self.form,
            self.page_json,
            self.address,
            self.wechat,
            self.chunked,
            self.oversized,
            self.garbage,
        ]
        weights = (20, 20, 10, 15, 8, 8, 10, 10, 5, 1, 3)
        for kind in self.random.choices(kinds, weights, k=count):
            yield kind()

    def vote(self) -> bytes:
        """One that is taken."""
        return self._signed(json.dumps(self._ballot()).encode())

    def signed_json(self) -> bytes:
        ballots = [self._odd_ballot() for _ in range(self.random.choice((1, 1, 2, 3, 40)))]
        body = ballots[0] if self.random.random() < 0.5 else ballots
        return self._signed(json.dumps(body).encode("utf-8", "surrogatepass"))

    def signed_bytes(self) -> bytes:
        makers: list[Callable[[], bytes]] = [
            lambda: self.random.randbytes(self.random.randrange(300)),
            lambda: b"[" * self.random.randrange(20_000),
            lambda: b'{"round":' * self.random.randrange(3_000),
            lambda: self._flipped(json.dumps(self._ballot()).encode()),
            lambda: json.dumps(self._ballot()).encode()[: self.random.randrange(60)],
        ]
        return self._signed(self.random.choice(makers)())

    def tampered(self) -> bytes:
        return self._flipped(self._signed(json.dumps(self._ballot()).encode()), times=3)

    def form(self) -> bytes:
        names = ("round", "unit", "choice", self.random.choice(WORDS))
        pairs = [f"{name}={self.random.choice(WORDS)}" for name in names]
        self.random.shuffle(pairs)
        body = "&".join(pairs * self.random.choice((1, 1, 9))).encode("utf-8", "surrogatepass")
        kind = "application/x-www-form-urlencoded"
        return self._request("POST", "/vote", body, {"content-type": kind} | self._odd_headers())

    def page_json(self) -> bytes:
        body = json.dumps(self._odd_ballot()).encode()
        headers = {"content-type": "application/json"} | self._odd_headers()
        return self._request("POST", "/vote", body, headers)

    def address(self) -> bytes:
        path = self.random.choice(PATHS) + self.random.choice(("", "?", "/x", "?a=%ff&b", "?" * 99))
        return self._request(self.random.choice(METHODS), path, b"", self._odd_headers())

    def wechat(self) -> bytes:
        stamp = self.random.choice((str(int(time.time())), "0", "x", ""))
        nonce = str(self.random.randrange(1 << 30))
        signature = self.random.choice((sign_wechat(WECHAT_TOKEN, stamp, nonce), "0" * 40, ""))
        more = self.random.choice(("", "&encrypt_type=aes&msg_signature=0", "&echostr=1"))
        path = f"/wechat/county?signature={signature}&timestamp={stamp}&nonce={nonce}{more}"
        return self._request(self.random.choice(("POST", "GET")), path, self._message(), {})

    def chunked(self) -> bytes:
        signed = self._signed(json.dumps(self._ballot()).encode())
        head, _, body = signed.partition(b"\r\n\r\n")
        lines = [line for line in head.split(b"\r\n") if not line.startswith(b"content-length")]
        pieces = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        return b"\r\n".join([*lines, b"transfer-encoding: chunked"]) + b"\r\n\r\n" + pieces

    def oversized(self) -> bytes:
        return self._signed(b" " * self.random.choice((65_537, 70_000)))

    def garbage(self) -> bytes:
        return self.random.randbytes(self.random.randrange(1, 200)) + b"\r\n\r\n"

    def _ballot(self) -> dict[str, Any]:
        self.number += 1
        choice = self.random.choice(CHOICES)
        plain = {"round": "satisfaction", "unit": "housing", "choice": choice}
        return plain | {"voter": f"fuzz-{self.number}"}

    def _odd_ballot(self) -> dict[str, Any]:
        odd = self._ballot()
        for _ in range(self.random.randrange(3)):
            name = self.random.choice([*odd, "voted_at", *WORDS])
            odd[name] = self._odd_value(depth=3)
        return odd

    def _odd_value(self, depth: int) -> Any:
        if depth and self.random.random() < 0.3:
            inner = [self._odd_value(depth - 1) for _ in range(self.random.randrange(4))]
            return inner if self.random.random() < 0.5 else {str(n): v for n, v in enumerate(inner)}
        return self.random.choice(SCALARS)

    def _odd_headers(self) -> dict[str, str]:
        odd = {
            "cookie": f"tribune_voter={self.random.choice(WORDS)}.{self.random.choice(WORDS)}",
            "accept-language": self.random.choice(("en;q=x", "zh,en;q=0.5", ",;,", "*" * 500)),
            "origin": self.random.choice(("null", "http://[", "http://elsewhere", "")),
            "sec-fetch-site": self.random.choice(("same-origin", "cross-site", "x")),
        }
        return {name: odd[name] for name in self.random.sample(list(odd), 2)}

    def _message(self) -> bytes:
        fields = "".join(
            f"<{name}>{self.random.choice((*WORDS[:6], '1 1', '1700000000'))}</{name}>"
            for name in ("ToUserName", "FromUserName", "CreateTime", "MsgType", "Content", "MsgId")
        )
        entity = '<!DOCTYPE x [<!ENTITY a "aaaa">]>' if self.random.random() < 0.2 else ""
        text = f"{entity}<xml>{fields}</xml>".encode("utf-8", "surrogatepass")
        return text if self.random.random() < 0.7 else self._flipped(text, times=4)

    def _flipped(self, data: bytes, times: int = 2) -> bytes:
        changed = bytearray(data)
        for _ in range(times):
            changed[self.random.randrange(len(changed))] = self.random.randrange(256)
        return bytes(changed)

    def _signed(self, body: bytes) -> bytes:
        self.number += 1
        message_id, stamp = f"msg_{self.number}", str(int(time.time()))
        headers = {
            "x-tribune-partner": PARTNER,
            "webhook-id": message_id,
            "webhook-timestamp": stamp,
            "webhook-signature": sign(KEY, message_id, stamp, body),
        }
        return self._request("POST", "/votes", body, headers)

    def _request(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> bytes:
        named = {"host": "127.0.0.1", "content-length": str(len(body))} | headers
        lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        head = f"{method} {path} HTTP/1.1\r\n{lines}\r\n"
        return head.encode("utf-8", "surrogatepass") + body


@dataclass(slots=True)
class Tally:
    """What came back, by status; 0 is a connection that was closed without an answer."""

    statuses: Counter[int] = field(default_factory=Counter[int])

    @property
    def answered(self) -> int:
        return self.statuses.total()


def send_all(
    port: int, requests: Iterator[bytes], tally: Tally, connections: int = 32
) -> Iterator[int]:
    """Send one request a connection at a time; yields how many were answered, now and then."""
    with selectors.DefaultSelector() as poll:
        for _ in range(connections):
            _begin(port, poll, requests)
        while poll.get_map():
            for key, _ in poll.select(30):
                _answered(key, tally)
                poll.unregister(key.fileobj)
                _begin(port, poll, requests)
            yield tally.answered


def _begin(port: int, poll: selectors.BaseSelector, requests: Iterator[bytes]) -> None:
    request = next(requests, None)
    if request is None:
        return
    link = socket.create_connection(("127.0.0.1", port), 30)
    with suppress(OSError):  # it may be refused before its end
        link.sendall(request)
    poll.register(link, selectors.EVENT_READ)


def _answered(key: selectors.SelectorKey, tally: Tally) -> None:
    link = key.fileobj
    assert isinstance(link, socket.socket)
    with link:
        try:
            head = link.recv(65_536)
        except ConnectionResetError:
            head = b""
    tally.statuses[int(head[9:12]) if head.startswith(b"HTTP/1.") else 0] += 1
