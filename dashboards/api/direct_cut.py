"""The operator's cut, straight to every stage controller: it needs no log."""

import asyncio
import logging
from collections.abc import Mapping

import aiohttp

from schemas.sessions import SessionCommand
from streams.stage.direct import PATH, CutOrder, signed

WITHIN_S = 1.0

log = logging.getLogger(__name__)


async def cut_directly(
    stages: tuple[str, ...], secret: bytes, command: SessionCommand
) -> dict[str, bool]:
    """Tell every stage controller to cut; says of each address whether it took the order."""
    order = CutOrder(
        id=command.id,
        by=command.by,
        at=command.at,
        broadcast=command.broadcast,
        slot=command.slot,
    )
    body, headers = signed(secret, order)
    timeout = aiohttp.ClientTimeout(total=WITHIN_S)
    async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as client:
        told = await asyncio.gather(*(_tell(client, url, body, headers) for url in stages))
    return dict(zip(stages, told, strict=True))


async def _tell(
    client: aiohttp.ClientSession, url: str, body: bytes, headers: Mapping[str, str]
) -> bool:
    try:
        async with client.post(url.rstrip("/") + PATH, data=body, headers=headers) as answer:
            return answer.status < 300
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        log.warning("the stage controller at %s was not told to cut: %r", url, error)
        return False
