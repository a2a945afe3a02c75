"""The receivers in the hall: they take what a stage controller gives, and remember it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self
from unittest.mock import patch

import aiohttp

from agents.reducers.cues import Cue
from streams.stage import receivers
from streams.stage.config import TriggerConfig
from tests.sim.process import CURRENT
from tests.sim.roles.stage import Stage
from tests.sim.world import World


class NoSession:
    """An HTTP client of nothing."""

    def __init__(self, **_: Any) -> None:
        pass

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None


@contextmanager
def without_sockets(world: World) -> Iterator[None]:
    """Have receivers told by a call in the place of a message."""

    async def tell(_session: Any, _config: TriggerConfig, cue: Cue) -> None:
        stage = world.roles[CURRENT.get()]
        assert isinstance(stage, Stage)
        stage.give(cue)

    with patch.object(receivers, "_tell", tell), patch.object(aiohttp, "ClientSession", NoSession):
        yield
