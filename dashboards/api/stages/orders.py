"""Orders straight to the stage controllers, signed: they need no log."""

import asyncio
import logging

import aiohttp
from msgspec import Struct

from streams.stage.direct import signed

log = logging.getLogger(__name__)


async def tell_stages(
    stages: tuple[str, ...], secret: bytes, path: str, order: Struct, within_s: float
) -> dict[str, int | None]:
    """Tell every stage controller; the status that each address answered, or None."""
    body, headers = signed(secret, order)
    timeout = aiohttp.ClientTimeout(total=within_s)
    async with aiohttp.ClientSession(timeout=timeout, trust_env=False, headers=headers) as client:
        told = await asyncio.gather(*(_tell(client, url, path, body) for url in stages))
    return dict(zip(stages, told, strict=True))


async def _tell(client: aiohttp.ClientSession, url: str, path: str, body: bytes) -> int | None:
    try:
        async with client.post(url.rstrip("/") + path, data=body) as answer:
            return answer.status
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        log.warning("the stage controller at %s was not told %s: %r", url, path, error)
        return None
