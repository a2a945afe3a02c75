"""Reads bodies with a bound on their size and on their time; granian has neither."""

import asyncio
from time import monotonic
from typing import Any

from granian._granian import RSGIProtocolClosed, RSGIProtocolError

from streams.gateway.door import Reply
from streams.gateway.errors import error
from streams.gateway.rsgi import Scope, Wire

SWEEP_S = 0.5
CLOSE = (("connection", "close"),)


class BodyRefused(Exception):
    """Why a body was not read to its end."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.outcome)
        self.reply = reply


class Bodies:
    """Reads bodies of at most `most_bytes`, each within `timeout_ms`.

    One sweep watches all that are being read: a timer for each cost a sixth of all requests.
    """

    def __init__(self, most_bytes: int, timeout_ms: int) -> None:
        self._most_bytes = most_bytes
        self._timeout_s = timeout_ms / 1000
        self._reading: dict[asyncio.Task[Any], float] = {}

    async def sweep(self) -> None:
        """End the reading of bodies that take too long; runs until cancelled."""
        while True:
            await asyncio.sleep(SWEEP_S)
            latest = monotonic() - self._timeout_s
            for task, since in list(self._reading.items()):
                if since > latest:
                    break
                task.cancel()

    async def read(self, scope: Scope, wire: Wire) -> bytes:
        """Read a request's body.

        Raises:
            BodyRefused: too large, too slow, or broken off.
        """
        length = scope.headers.get("content-length")
        is_chunked = scope.headers.get("transfer-encoding") is not None
        if length is not None and int(length) > self._most_bytes:
            raise BodyRefused(self._too_large())
        if (task := asyncio.current_task()) is None:
            raise RuntimeError("a body is read outside of a task")
        self._reading[task] = monotonic()
        try:
            return await (self._pieces(wire) if is_chunked else wire())
        except (RSGIProtocolClosed, RSGIProtocolError):
            raise BodyRefused(error(400, "broken_off", "send the body to its end")) from None
        except asyncio.CancelledError:
            task.uncancel()
            raise BodyRefused(error(408, "slow_body", "send faster", headers=CLOSE)) from None
        finally:
            del self._reading[task]

    async def _pieces(self, wire: Wire) -> bytes:
        body = bytearray()
        async for piece in wire:
            body += piece
            if len(body) > self._most_bytes:
                raise BodyRefused(self._too_large())
        return bytes(body)

    def _too_large(self) -> Reply:
        detail = f"send at most {self._most_bytes} bytes"
        return error(413, "body_too_large", detail, headers=CLOSE)
