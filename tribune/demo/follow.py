"""Follows one channel on the WebSocket, as every screen does."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import orjson
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

# A screen that is told to wait longer would show a vote late that was counted in time
CONNECT_AGAIN_S = 0.2


async def follow(url: str, channel: str, take: Callable[[dict[str, Any]], None]) -> None:
    """Give each whole state of a channel until cancelled; a lost connection is made again."""
    while True:
        with suppress(OSError, WebSocketException, TimeoutError):
            async with connect(url) as socket:
                await socket.send(orjson.dumps({"subscribe": [channel]}).decode())
                async for text in socket:
                    message = orjson.loads(text)
                    if message.get("channel") == channel and message.get("data") is not None:
                        take(message["data"])
        await asyncio.sleep(CONNECT_AGAIN_S)
