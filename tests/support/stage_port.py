"""Stands in for a stage controller's port: takes what is signed, and remembers it."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from streams.stage.direct import (
    HEADER,
    PATH,
    SIMULATE_PATH,
    Behaviour,
    CutOrder,
    NotOurs,
    verify,
)
from tests.support.ports import free_port
from tests.support.secret import SECRET


@dataclass
class StagePort:
    """A port, and the orders that came to it."""

    url: str
    orders: list[CutOrder] = field(default_factory=list)
    behaviours: list[Behaviour] = field(default_factory=list)
    devices: dict[str, int] = field(default_factory=dict)

    async def cut(self, request: web.Request) -> web.Response:
        now = time.time_ns() // 1_000_000
        try:
            order = verify(SECRET, await request.read(), request.headers[HEADER], CutOrder, now)
        except NotOurs as error:
            return web.json_response({"detail": str(error)}, status=401)
        self.orders.append(order)
        return web.json_response({})

    async def simulate(self, request: web.Request) -> web.Response:
        """Answer as `devices` says of each: with this status."""
        now = time.time_ns() // 1_000_000
        told = verify(SECRET, await request.read(), request.headers[HEADER], Behaviour, now)
        self.behaviours.append(told)
        return web.json_response({}, status=self.devices.get(told.device, 404))


@asynccontextmanager
async def stage_port() -> AsyncIterator[StagePort]:
    port = free_port()
    stage = StagePort(f"http://127.0.0.1:{port}")
    application = web.Application()
    application.add_routes([web.post(PATH, stage.cut), web.post(SIMULATE_PATH, stage.simulate)])
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield stage
    finally:
        await runner.cleanup()
