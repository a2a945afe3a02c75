"""Anything that takes signed requests (Standard Webhooks): it is told, and answers how it stands.

`POST {"type": "microphone.set", "is_open": false, ...}` must be answered by `{"is_open": false}`
once it is so, and `POST {"type": "microphone.get", ...}` by how it stands.
"""

import itertools
from base64 import b64decode
from binascii import Error as BadBase64
from collections.abc import Callable
from typing import Any

import aiohttp
import msgspec

from streams.running import now_ms
from streams.signatures import SECRET_PREFIX, sign
from streams.stage.config import HttpAddress
from streams.stage.links.link import Unreachable


class Http:
    """Tells a hook how to stand, and asks it."""

    def __init__(self, address: HttpAddress, now_ms: Callable[[], int] = now_ms) -> None:
        self._address = address
        self._now_ms = now_ms
        # no number twice, also after a restart: a hook may refuse one that it has seen
        self._numbers = itertools.count(now_ms() * 1_000_000)

    async def ask(self, session: aiohttp.ClientSession) -> bool:
        """Ask how it stands."""
        return await self._post(session, {"type": "microphone.get"})

    async def tell(self, session: aiohttp.ClientSession, is_open: bool) -> bool:
        """Tell it, and hear what it answers."""
        return await self._post(session, {"type": "microphone.set", "is_open": is_open})

    async def _post(self, session: aiohttp.ClientSession, wanted: dict[str, Any]) -> bool:
        at = self._now_ms()
        body = msgspec.json.encode({**wanted, "at": at})
        message_id = f"msg_{next(self._numbers):x}"
        headers = signed_headers(self._address.secret, message_id, at // 1_000, body)
        headers["content-type"] = "application/json"
        try:
            async with session.post(self._address.url, data=body, headers=headers) as answer:
                answer.raise_for_status()
                told = msgspec.json.decode(await answer.read())
            if not isinstance(told["is_open"], bool):
                raise Unreachable(f"{self._address.url} does not answer is_open true or false")
            return told["is_open"]
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Unreachable(f"{self._address.url}: {error or 'no answer in time'}") from error
        except (msgspec.DecodeError, KeyError, TypeError) as error:
            raise Unreachable(f"{self._address.url} does not answer is_open") from error


def signed_headers(secret: str, message_id: str, at_s: int, body: bytes) -> dict[str, str]:
    """The three headers of Standard Webhooks; none without a secret."""
    if not secret:
        return {}
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": sign(signing_key(secret), message_id, at_s, body),
    }


def signing_key(secret: str) -> bytes:
    """The bytes of a secret: `whsec_` and base64 as the specification writes it, or any text."""
    encoded = secret.removeprefix(SECRET_PREFIX)
    try:
        return b64decode(encoded, validate=True) if encoded != secret else secret.encode()
    except BadBase64:
        return secret.encode()
