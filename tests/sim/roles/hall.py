"""The sockets of the hall: receivers that take a cue, and the console's way to the controllers."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from types import SimpleNamespace
from typing import Any, Self
from unittest.mock import patch

import aiohttp

from agents.reducers.cues import Cue
from streams.stage import receivers
from streams.stage.config import TriggerConfig
from tests.sim.process import CURRENT, Process
from tests.sim.roles.stage import Stage
from tests.sim.world import World

LOST, LATE = 0.1, 0.1
"""Shares of the posts that get lost, and that are late, on each way."""
LATEST_S = 1.5
NETWORK_S = 0.003


class Posts:
    """A network on which posts to `http://stage-N` reach that controller, if they do."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._chance = world.chance_of("posts")

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> int:
        """Send a post; the status of its answer.

        Raises:
            ConnectionRefusedError: nobody listens there.
        """
        name = url.split("/")[2]
        await self._travel()
        process, stage = self._listening(name)
        if stage is None:
            raise ConnectionRefusedError(f"nobody listens at {name}")
        # who asks gives up by its own timeout, long before this
        status = await self._world.ask(process, lambda: stage.post_cut(headers, body), 60.0)
        await self._travel()
        return status

    def _listening(self, name: str) -> tuple[Process, Stage | None]:
        process = next(each for each in reversed(self._world.processes) if each.post == name)
        role = None if process.is_dead else self._world.roles.get(process)
        return process, role if isinstance(role, Stage) else None

    async def _travel(self) -> None:
        luck = self._chance.random()
        if not self._world.is_calm and luck < LOST:
            await asyncio.Event().wait()
        is_late = not self._world.is_calm and luck < LOST + LATE
        await asyncio.sleep(self._chance.uniform(0, LATEST_S if is_late else NETWORK_S))


class Client:
    """An HTTP client (`aiohttp.ClientSession`) on that network."""

    def __init__(
        self,
        posts: Posts,
        timeout: aiohttp.ClientTimeout | None = None,
        headers: dict[str, str] | None = None,
        **_: Any,
    ) -> None:
        self._posts, self._headers = posts, headers or {}
        self._within_s = timeout.total if timeout else None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    @asynccontextmanager
    async def post(self, url: str, data: bytes) -> AsyncIterator[Any]:
        """Post a body."""
        async with asyncio.timeout(self._within_s):
            status = await self._posts.post(url, self._headers, data)
        yield SimpleNamespace(status=status)


@contextmanager
def without_sockets(world: World) -> Iterator[None]:
    """Have receivers and controllers told by calls in the place of messages."""

    async def tell(_session: Any, _config: TriggerConfig, cue: Cue) -> None:
        stage = world.roles[CURRENT.get()]
        assert isinstance(stage, Stage)
        stage.give(cue)

    posts = Posts(world)
    client = partial(Client, posts)
    with patch.object(receivers, "_tell", tell), patch.object(aiohttp, "ClientSession", client):
        yield
