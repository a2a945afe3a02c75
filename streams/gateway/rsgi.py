"""Requests as granian hands them over (its RSGI interface), as far as the gateway uses it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol

from streams.gateway.door import Reply


class Headers(Protocol):
    """A request's headers."""

    def get(self, key: str, default: None = None) -> str | None:
        """The first of a name, in lower case; None also where its value is not ASCII."""
        ...


class Scope(Protocol):
    """What is known of a request before its body."""

    method: str
    path: str
    query_string: str

    @property
    def headers(self) -> Headers:
        """The request's headers."""
        ...


class Wire(Protocol):
    """What a body is read from, and an answer written to."""

    async def __call__(self) -> bytes:
        """Read the whole body, however large."""
        ...

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Read the body in pieces; ends without a word where the peer breaks off."""
        ...

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Answer, once."""
        ...


Handler = Callable[[Scope, Wire], Awaitable[Reply]]
