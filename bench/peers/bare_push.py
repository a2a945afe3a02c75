"""The floor under a fan-out: a loop of `write()` over sockets, and nothing else.

`python -m bench.peers.bare_push PORT`; a board comes as a line on standard input. It shakes hands
with a canned answer, keeps no number of anybody, and has no way to deal with a slow reader.
"""

import os
import resource
import select
import socket
import sys

import orjson

ANSWER = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)
UNSENT_BYTES = 4_096  # as ours, so that the kernel does the same for both


class Bare:
    """All sockets of one process, and a loop."""

    def __init__(self, port: int) -> None:
        self.listener = socket.create_server(("127.0.0.1", port), backlog=4_096)
        self.poll = select.epoll()
        self.sockets: dict[int, socket.socket] = {}
        self.viewers: list[int] = []
        self.lines = b""

    def run(self) -> None:
        for descriptor in (self.listener.fileno(), sys.stdin.fileno()):
            self.poll.register(descriptor, select.EPOLLIN)
        while True:
            for descriptor, _ in self.poll.poll():
                if descriptor == self.listener.fileno():
                    self.accept()
                elif descriptor == sys.stdin.fileno():
                    self.hear()
                else:
                    self.answer(descriptor)

    def accept(self) -> None:
        one, _ = self.listener.accept()
        one.setblocking(False)
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)
        self.sockets[one.fileno()] = one
        self.poll.register(one.fileno(), select.EPOLLIN)

    def hear(self) -> None:
        *boards, self.lines = (self.lines + os.read(0, 1 << 20)).split(b"\n")
        for board in boards:
            frame, write = framed(board), os.write
            for viewer in self.viewers:
                write(viewer, frame)

    def answer(self, descriptor: int) -> None:
        data = self.sockets[descriptor].recv(4_096)
        if data.startswith(b"GET"):
            os.write(descriptor, ANSWER)
        elif data:
            self.viewers.append(descriptor)
        else:
            self.sockets.pop(descriptor).close()


def framed(board: bytes) -> bytes:
    """An update as a text frame, of a board as the log has it."""
    head = orjson.loads(board)
    text = b'{"type":"update","channel":"board:%b","seq":%d,"data":%b}' % (
        head["board"].encode(),
        head["seq"],
        board,
    )
    return b"\x81\x7e" + len(text).to_bytes(2, "big") + text


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    Bare(int(sys.argv[1])).run()
