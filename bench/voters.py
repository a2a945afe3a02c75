"""A load client that costs little: signed votes made before the clock starts, then sent over
keep-alive connections, one request at a time on each.

Run as a process of its own; prints one JSON object, see `Load`.
"""

import argparse
import base64
import hashlib
import hmac
import json
import resource
import selectors
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass

CHOICES = ("very_satisfied", "satisfied", "average", "not_satisfied", "not_applicable")


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it; `client_cpu_us` is the client's own cost of a request."""

    answered: int
    statuses: dict[str, int]
    seconds: float
    p50_ms: float
    p99_ms: float
    client_cpu_us: float

    @property
    def accepted(self) -> int:
        return self.statuses.get("200", 0)

    @property
    def per_second(self) -> float:
        return self.accepted / self.seconds


def run_voters(port: int, secret: str, count: int, connections: int, *more: str) -> Load:
    """Send signed votes from a process of its own."""
    command = [sys.executable, "-m", "bench.voters", str(port), secret]
    command += ["--count", str(count), "--connections", str(connections), *more]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return Load(**json.loads(done.stdout))


def signed_vote(options: argparse.Namespace, secret: bytes, number: int, timestamp: int) -> bytes:
    """One POST /votes as it goes over the wire, its voter like no other's."""
    unit = options.units[number % len(options.units)]
    vote = {
        "round": options.round,
        "unit": unit,
        "choice": CHOICES[number * 7 % 5],
        "voter": f"voter-{options.seed}-{number}",
    }
    body = json.dumps(vote)
    message_id = f"msg_{options.seed}_{number}"
    signed = f"{message_id}.{timestamp}.{body}".encode()
    signature = base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
    return (
        "POST /votes HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        f"x-tribune-partner: {options.partner}\r\nwebhook-id: {message_id}\r\n"
        f"webhook-timestamp: {timestamp}\r\nwebhook-signature: v1,{signature}\r\n"
        f"content-length: {len(body)}\r\n\r\n{body}"
    ).encode()


def drive(port: int, requests: Iterator[bytes], connections: int) -> tuple[Counter[str], list[int]]:
    """Send every request, and give the answers' statuses and their times in ns."""
    poll, statuses, times = selectors.DefaultSelector(), Counter[str](), []
    sent_at: dict[socket.socket, int] = {}
    for _, request in zip(range(connections), requests, strict=False):
        link = socket.create_connection(("127.0.0.1", port))
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        poll.register(link, selectors.EVENT_READ)
        link.sendall(request)
        sent_at[link] = time.perf_counter_ns()
    while sent_at:
        for key, _ in poll.select():
            link = key.fileobj
            assert isinstance(link, socket.socket)
            answer = link.recv(65_536)
            now = time.perf_counter_ns()
            times.append(now - sent_at.pop(link))
            statuses[answer[9:12].decode() or "closed"] += 1
            request = next(requests, None)
            if request is None or not answer:
                poll.unregister(link)
                link.close()
                continue
            link.sendall(request)
            sent_at[link] = now
    return statuses, times


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("secret")
    parser.add_argument("--partner", default="acme")
    parser.add_argument("--round", default="satisfaction")
    parser.add_argument("--units", nargs="+", default=["housing"])
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seed", default=str(time.time_ns()))
    options = parser.parse_args()
    secret = base64.b64decode(options.secret.removeprefix("whsec_"))
    timestamp = int(time.time())
    requests = [signed_vote(options, secret, n, timestamp) for n in range(options.count)]
    cpu, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    statuses, times = drive(options.port, iter(requests), options.connections)
    seconds, done = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF)
    times.sort()
    own_s = done.ru_utime + done.ru_stime - cpu.ru_utime - cpu.ru_stime
    load = Load(
        answered=len(times),
        statuses=dict(statuses),
        seconds=seconds,
        p50_ms=times[len(times) // 2] / 1e6,
        p99_ms=times[len(times) * 99 // 100] / 1e6,
        client_cpu_us=own_s / len(times) * 1e6,
    )
    print(json.dumps(asdict(load)))


if __name__ == "__main__":
    main()
