"""A Behringer X32, as far as its channels' mutes go, by the published OSC protocol.

It sends no echo to who sets a channel, and tells others who said `/xremote` in the last 10 s.
"""

import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

REMOTE_S = 10.0
SO_TIMESTAMPNS = 35


@dataclass(frozen=True)
class Action:
    """A channel was set: when the system got it (ms UTC), and what to."""

    at_ms: float
    path: str
    is_on: bool


@dataclass
class X32Mixer:
    """A mixer on a loopback port, in a thread of its own; all channels are off at first."""

    port: int = 0
    delay_s: float = 0.0
    is_mute: bool = False
    deaf_for: int = 0
    on: dict[str, bool] = field(default_factory=dict)
    actions: list[Action] = field(default_factory=list)

    def __enter__(self) -> "X32Mixer":
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self._socket.bind(("127.0.0.1", self.port))
        self.port = self._socket.getsockname()[1]
        self._remotes: dict[tuple[str, int], float] = {}
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join()
        self._socket.close()

    def press(self, channel: int, is_on: bool) -> None:
        """A hand at the desk."""
        self._set(f"/ch/{channel:02d}/mix/on", is_on, None)

    def await_action(self, is_on: bool, within_s: float = 10, after: int = 0) -> Action:
        """The first action after some others that set a channel so."""

        def found() -> Action | None:
            return next((act for act in self.actions[after:] if act.is_on == is_on), None)

        with self._changed:
            assert self._changed.wait_for(lambda: found() is not None, within_s), self.actions[-4:]
            action = found()
            assert action is not None
            return action

    def _serve(self) -> None:
        while True:
            datagram, notes, _, sender = self._socket.recvmsg(4096, 64)
            at_ms = _arrived_ms(notes)
            if not datagram:
                return
            path, value = _read(datagram)
            if self.is_mute:
                continue
            if path == "/xremote":
                self._remotes[sender] = time.monotonic()
            elif value is None:
                time.sleep(self.delay_s)
                self._tell(path, sender)
            elif self.deaf_for > 0:
                self.deaf_for -= 1
            else:
                self._set(path, value, sender, at_ms)

    def _set(
        self, path: str, is_on: bool, sender: tuple[str, int] | None, at_ms: float | None = None
    ) -> None:
        with self._changed:
            self.on[path] = is_on
            if sender is not None:
                self.actions.append(Action(at_ms or time.time() * 1_000, path, is_on))
            self._changed.notify_all()
        fresh = time.monotonic() - REMOTE_S
        for remote, said_at in list(self._remotes.items()):
            if remote != sender and said_at > fresh:
                self._tell(path, remote)

    def _tell(self, path: str, to: tuple[str, int]) -> None:
        on = struct.pack(">i", self.on.get(path, False))
        self._socket.sendto(_padded(path) + _padded(",i") + on, to)


def _arrived_ms(notes: list[tuple[int, int, bytes]]) -> float:
    """When the kernel took a datagram; where it does not say, now."""
    for level, kind, content in notes:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
            seconds, nanoseconds = struct.unpack("qq", content[:16])
            return seconds * 1_000 + nanoseconds / 1e6
    return time.time() * 1_000


def _padded(text: str) -> bytes:
    content = text.encode() + b"\0"
    return content + b"\0" * (-len(content) % 4)


def _read(datagram: bytes) -> tuple[str, bool | None]:
    path, _, rest = datagram.partition(b"\0")
    return path.decode(), bool(rest[-1]) if b",i" in rest else None


def set_on(port: int, channel: int, is_on: bool) -> None:
    """Set a channel of the mixer on a loopback port, as any OSC client would."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        path = f"/ch/{channel:02d}/mix/on"
        client.sendto(_padded(path) + _padded(",i") + struct.pack(">i", is_on), ("127.0.0.1", port))
