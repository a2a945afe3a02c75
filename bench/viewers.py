"""Many WebSocket viewers in one cheap process: epoll, and no more of a frame than must be read.

`python -m bench.viewers PORT NUMBER CHANNEL` connects them all and says `ready`; then it does as
it is told on its standard input. A board's seq is the monotonic time in microseconds at which it
was written: so the age of what arrives is known.
"""

import json
import os
import resource
import select
import socket
import sys
import time
from array import array

import orjson

REQUEST = (
    b"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
TEXT, PING, PONG = 0x81, 0x89, 0x8A
WAVE = 64  # as many as push accepts in a turn (ACCEPTS_A_TURN)


def masked(opcode: int, payload: bytes) -> bytes:
    """A client's frame, masked with zeros, which changes nothing."""
    assert len(payload) < 126
    return bytes((opcode, 0x80 | len(payload), 0, 0, 0, 0)) + payload


class Viewers:
    """All sockets of one process, and the ages of the boards that came."""

    def __init__(self, port: int, number: int, channel: str) -> None:
        self.port = port
        self.subscribe = masked(TEXT, orjson.dumps({"subscribe": [channel]}))
        self.poll = select.epoll()
        self.sockets: dict[int, socket.socket] = {}
        self.rest: dict[int, bytes] = {}
        self.last: dict[int, int] = {}
        self.begin()
        for start in range(0, number, WAVE):
            self.connect(min(WAVE, number - start))

    def begin(self) -> None:
        """Forget what was measured; boards of before do not count."""
        self.ages = array("q")
        self.since_us = time.monotonic_ns() // 1000
        self.cpu_s = time.process_time()

    def connect(self, number: int) -> None:
        new = [socket.create_connection(("127.0.0.1", self.port), 10) for _ in range(number)]
        for one in new:
            one.sendall(REQUEST)
        for one in new:
            answer = b""
            while b"\r\n\r\n" not in answer:
                answer += one.recv(4096)
            assert answer.startswith(b"HTTP/1.1 101"), answer
            one.sendall(self.subscribe)
            one.setblocking(False)
            self.sockets[one.fileno()] = one
            self.rest[one.fileno()] = answer.partition(b"\r\n\r\n")[2]
            self.poll.register(one.fileno(), select.EPOLLIN)

    def run(self) -> None:
        """Read all that comes, until standard input ends."""
        self.poll.register(sys.stdin.fileno(), select.EPOLLIN)
        print("ready", flush=True)
        while True:
            for fd, _ in self.poll.poll():
                if fd in self.sockets:
                    self.read(fd)
                elif words := os.read(fd, 64):
                    self.obey(words)
                else:
                    return

    def obey(self, words: bytes) -> None:
        """`start`: measure from now. `count SEQ`: how many are there? `tell`: what was seen."""
        match words.split():
            case [b"start"]:
                self.begin()
            case [b"count", seq]:
                newest = int(seq)
                print(sum(last >= newest for last in self.last.values()), flush=True)
            case _:
                cpu_s = time.process_time() - self.cpu_s
                print(json.dumps({"ages_us": self.ages.tolist(), "cpu_s": cpu_s}), flush=True)

    def read(self, fd: int) -> None:
        data = self.sockets[fd].recv(1 << 16)
        assert data, "the server closed"
        if rest := self.rest[fd]:
            data = rest + data
        now = time.monotonic_ns() // 1000
        at = 0
        while (end := frame_end(data, at)) <= len(data):
            self.take(fd, data, at, end, now)
            at = end
        self.rest[fd] = data[at:]

    def take(self, fd: int, data: bytes, at: int, end: int, now: int) -> None:
        if data[at] == PING:
            self.sockets[fd].send(masked(PONG, data[at + 2 : end]))
            return
        found = data.find(b'"seq":', at, min(end, at + 120))
        if found >= 0:
            seq = int(data[found + 6 : data.index(b",", found)])
            assert seq > self.last.get(fd, -1), "a board came twice, or an old one"
            self.last[fd] = seq
            if seq > self.since_us:
                self.ages.append(now - seq)


def frame_end(data: bytes, at: int) -> int:
    """Where the frame that begins at `at` ends; past the data while it is not all there."""
    if len(data) < at + 4:
        return at + 4 if len(data) < at + 2 or data[at + 1] >= 126 else at + 2 + data[at + 1]
    length = data[at + 1]
    if length < 126:
        return at + 2 + length
    assert length == 126
    return at + 4 + (data[at + 2] << 8 | data[at + 3])


def main() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    Viewers(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]).run()


if __name__ == "__main__":
    main()
