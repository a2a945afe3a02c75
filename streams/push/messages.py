"""What push says to a viewer: JSON text, as CONTRACT's Push has it."""

from typing import Any, Literal

import orjson

Kind = Literal["snapshot", "update"]
Heard = Literal["heard", "silent"]
LONGEST_QUOTE = 160  # a channel's name has under 100 characters; longer ones are none


def state(kind: Kind, channel: str, seq: int, data: bytes) -> bytes:
    """Say a channel's whole state; `data` is JSON and stands there byte for byte."""
    head = b'{"type":"%b","channel":%b,"seq":%d,"data":'
    return head % (kind.encode(), orjson.dumps(channel), seq) + data + b"}"


def clock(now: int, echo: float | None = None) -> bytes:
    """Say the time (ms); `echo` is what the viewer sent, so that it can tell its own offset."""
    message: dict[str, Any] = {"type": "time", "now": now}
    return orjson.dumps(message if echo is None else message | {"echo": echo})


def status(log: Heard, boards: Heard, since: int) -> bytes:
    """Say what is heard of, since when (ms); while it is not all, what is shown may be old."""
    return orjson.dumps({"type": "status", "log": log, "boards": boards, "since": since})


def role(name: str) -> bytes:
    """Say whom a token speaks for."""
    return orjson.dumps({"type": "role", "role": name})


def error(reason: str, detail: str, channel: str | None = None) -> bytes:
    """Say what cannot be served: a word, and a sentence that says what to do."""
    message = {"type": "error", "reason": reason, "detail": detail}
    return orjson.dumps(message | ({"channel": channel[:LONGEST_QUOTE]} if channel else {}))
