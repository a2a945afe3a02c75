"""Votes at an even pace over keep-alive connections; how long each took, window by window.

    python -m bench.pace PORT PER_SECOND SECONDS WINDOW_S ROUND UNIT...

prints one JSON object a window, see `Window`. A vote's time runs from the moment that it was due:
if no connection is free then, or this process is late, that counts too.
"""

import argparse
import base64
import json
import selectors
import socket
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

from bench.voters import signed_vote
from tests.support.system import PARTNER_SECRET

CONNECTIONS = 64  # at 150 votes a second an ack may take 0.4 s before none is free
PARTNER = "app"
PATIENCE_S = 30.0  # above every timeout of the gateway: it only ends a run that is stuck


@dataclass(slots=True)
class Window:
    """What came of the votes that were due within one window; times in ms."""

    statuses: dict[str, int]
    p50_ms: float
    p99_ms: float
    most_ms: float


@dataclass(slots=True)
class Pace:
    """The connections, and what is under way on them."""

    port: int
    per_second: float
    seconds: float
    window_s: float
    poll: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    free: deque[socket.socket] = field(default_factory=deque)
    due: dict[socket.socket, float] = field(default_factory=dict)
    windows: dict[int, tuple[Counter[str], list[float]]] = field(default_factory=dict)

    def run(self, requests: Iterator[bytes]) -> None:
        """Send each when it is due, and tell of every window that is over."""
        for _ in range(CONNECTIONS):
            self.connect()
        total, sent, told = round(self.per_second * self.seconds), 0, 0
        began = time.monotonic()
        while sent < total or self.due:
            now = time.monotonic() - began
            while self.free and sent < total and sent / self.per_second <= now:
                link = self.free.popleft()  # in turn, so that none is idle for long
                link.sendall(next(requests))
                self.due[link] = sent / self.per_second
                sent += 1
            wait_s = sent / self.per_second - now if self.free and sent < total else PATIENCE_S
            self.hear(began, max(wait_s, 0))
            done_s = min(self.due.values(), default=sent / self.per_second)
            while (told + 1) * self.window_s <= done_s:
                self.tell(told)
                told += 1
        for number in sorted(self.windows):
            self.tell(number)

    def connect(self) -> None:
        link = socket.create_connection(("127.0.0.1", self.port))
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.poll.register(link, selectors.EVENT_READ)
        self.free.append(link)

    def hear(self, began: float, wait_s: float) -> None:
        for key, _ in self.poll.select(wait_s):
            link = key.fileobj
            assert isinstance(link, socket.socket)
            answer = link.recv(65_536)
            if not answer and link in self.free:  # the gateway closes idle ones
                self.free.remove(link)
                self.poll.unregister(link)
                self.connect()
                continue
            assert answer, "the gateway closed a connection on which it owed an answer"
            due = self.due.pop(link)
            statuses, times = self.windows.setdefault(int(due / self.window_s), (Counter(), []))
            statuses[answer[9:12].decode()] += 1
            times.append((time.monotonic() - began - due) * 1_000)
            self.free.append(link)

    def tell(self, number: int) -> None:
        statuses, times = self.windows.pop(number)
        times.sort()
        p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
        print(json.dumps(asdict(Window(dict(statuses), p50, p99, times[-1]))), flush=True)


def requests_of(round_id: str, units: list[str]) -> Iterator[bytes]:
    """Votes without end, each of a voter like no other, signed at the time."""
    options = argparse.Namespace(
        units=units, round=round_id, partner=PARTNER, seed=str(time.time_ns())
    )
    secret = base64.b64decode(PARTNER_SECRET.removeprefix("whsec_"))
    number = 0
    while True:
        yield signed_vote(options, secret, number, int(time.time()))
        number += 1


def windows(
    port: int, per_second: float, seconds: float, window_s: float, round_id: str, *units: str
) -> Iterator[Window]:
    """Vote from a process of its own; a window each, as it is over."""
    numbers = (port, per_second, seconds, window_s)
    command = [sys.executable, "-m", "bench.pace", *map(str, numbers), round_id, *units]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                yield Window(**json.loads(line))
        finally:
            process.kill()
    assert process.returncode == 0, "the load client did not finish"


def main() -> None:
    port, per_second, seconds, window_s, round_id, *units = sys.argv[1:]
    pace = Pace(int(port), float(per_second), float(seconds), float(window_s))
    pace.run(requests_of(round_id, units))


if __name__ == "__main__":
    main()
