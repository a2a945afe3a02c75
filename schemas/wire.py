"""The wire format: JSON messages, told apart by `type`, times in integer milliseconds UTC."""

from collections.abc import Mapping
from types import UnionType
from typing import Any, TypeVar, overload

import msgspec
import orjson

Shape = TypeVar("Shape")


class Unreadable(ValueError):
    """A message of the log that cannot be read; `reason` is safe to publish (it holds no body)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def encode(message: msgspec.Struct | Mapping[str, msgspec.Struct]) -> bytes:
    """Write a message as JSON bytes; equal messages give equal bytes."""
    return orjson.dumps(msgspec.to_builtins(message))


@overload
def decode(value: bytes | None, shape: type[Shape]) -> Shape: ...
@overload
def decode(value: bytes | None, shape: UnionType) -> Any: ...
def decode(value: bytes | None, shape: Any) -> Any:
    """Read a message of a known shape (a Struct, or a union of tagged Structs).

    Raises:
        Unreadable: the bytes are not JSON, or not of that shape; the reason quotes no content.
    """
    return convert(parse(value), shape)


def parse(value: bytes | None) -> Any:
    """Read JSON bytes.

    Raises:
        Unreadable: there is no value, or it is not JSON.
    """
    if value is None:
        raise Unreadable("empty: a message without a value")
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"json: {error.msg} at byte {error.pos}") from None


@overload
def convert(parsed: Any, shape: type[Shape]) -> Shape: ...
@overload
def convert(parsed: Any, shape: UnionType) -> Any: ...
def convert(parsed: Any, shape: Any) -> Any:
    """Give parsed JSON its shape, strictly: an integer is no string.

    Raises:
        Unreadable: it is not of that shape; the reason names the path, and quotes no content.
    """
    try:
        return msgspec.convert(parsed, shape)
    except msgspec.ValidationError as error:
        raise Unreadable(f"shape: {without_content(str(error))}") from None


def without_content(reason: str) -> str:
    """What msgspec found wrong, without the value that it found it in."""
    if reason.startswith("Invalid value "):
        return (
            "Invalid value" + reason[reason.rfind(" - ") :] if " - " in reason else "Invalid value"
        )
    return reason
