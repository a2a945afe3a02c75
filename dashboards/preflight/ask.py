"""Asks the stage controllers and push how they stand, for the preflight list."""

import asyncio
import time

import aiohttp
import msgspec

from dashboards.preflight.rules import ScreenSeen, StageTold
from streams.tokens import issue

# The list is waited for; a stage controller on this network answers in milliseconds
WITHIN_S = 2.0


class _Named(msgspec.Struct, frozen=True):
    channel: str = ""


class _Screens(msgspec.Struct, frozen=True):
    screens: list[ScreenSeen]


class _Told(msgspec.Struct, frozen=True):
    data: _Screens | None


async def ask_stages(stages: tuple[str, ...]) -> dict[str, StageTold | None]:
    """What each stage controller tells, by its address; None when it does not answer."""
    timeout = aiohttp.ClientTimeout(total=WITHIN_S)
    async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as client:
        told = await asyncio.gather(*(_ask_stage(client, url) for url in stages))
    return dict(zip(stages, told, strict=True))


async def _ask_stage(client: aiohttp.ClientSession, url: str) -> StageTold | None:
    try:
        async with client.get(f"{url.rstrip('/')}/healthz") as answer:
            return msgspec.json.decode(await answer.read(), type=StageTold)
    except (aiohttp.ClientError, OSError, TimeoutError, msgspec.MsgspecError):
        return None


async def ask_screens(push: str, secret: bytes, broadcast: str) -> list[ScreenSeen] | None:
    """The screens of a broadcast that report to push; None when push does not answer."""
    token = issue(secret, "operator", int(time.time()), bearer_id="preflight")
    try:
        async with (
            asyncio.timeout(WITHIN_S),
            aiohttp.ClientSession(trust_env=False) as client,
            client.ws_connect(f"{push}/live") as socket,
        ):
            await socket.send_json({"token": token})
            await socket.send_json({"subscribe": [f"screens:{broadcast}"]})
            async for message in socket:
                if message.type is not aiohttp.WSMsgType.TEXT:
                    continue
                if (screens := _screens(message.data)) is not None:
                    return screens
    except (aiohttp.ClientError, OSError, TimeoutError, msgspec.MsgspecError):
        pass
    return None


def _screens(text: str) -> list[ScreenSeen] | None:
    """The screens of a message, if it is about them and push knows of them yet."""
    if not msgspec.json.decode(text, type=_Named).channel.startswith("screens:"):
        return None
    data = msgspec.json.decode(text, type=_Told).data
    return None if data is None else data.screens
