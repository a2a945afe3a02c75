"""What a stage controller answers on its own port: the direct cut, its devices, the simulation."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from aiohttp import web
from msgspec import Struct, to_builtins

from agents.reducers.scene import DirectCut, is_too_old
from streams.stage.controller import Controller
from streams.stage.direct import (
    HEADER,
    MOST_BYTES,
    PATH,
    SIMULATE_PATH,
    Behaviour,
    CutOrder,
    NotOurs,
    verify,
)
from streams.stage.links.link import Link
from streams.stage.links.simulated import Simulated

# As the console waits at most (dashboards/api/stages); a body of MOST_BYTES comes in one packet
BODY_WITHIN_S = 2.0
# Below the 1 s that the console waits for the answer, above the 0.4 s after which one is red
CONFIRMED_WITHIN_S = 0.5
# Devices confirm in some ms (OBS in 3): so much later the console hears it
LOOK_S = 0.01
REASONS = {
    401: "not_signed",
    404: "unknown_device",
    408: "too_slow",
    409: "not_on",
    413: "too_large",
}

log = logging.getLogger(__name__)


class DeviceStanding(Struct, frozen=True, kw_only=True):
    """A device as it read back last."""

    is_open: bool | None
    wanted: bool | None
    is_confirmed: bool
    is_silent: bool
    simulated: bool
    problem: str | None


class Routes:
    """The addresses, for `streams.health`."""

    def __init__(self, controller: Controller, links: Mapping[str, Link], secret: bytes) -> None:
        self._controller = controller
        self._links = links
        self._secret = secret

    def all(self) -> list[web.RouteDef]:
        """Every address."""
        return [web.post(PATH, self.cut), web.post(SIMULATE_PATH, self.simulate)]

    def standing(self) -> dict[str, Any]:
        """How the devices stand, for `/healthz`: one that is silent is no reason to restart."""
        microphones = self._controller.microphones
        devices = {
            device.name: DeviceStanding(
                is_open=device.is_open,
                wanted=device.wish.is_open if device.wish else None,
                is_confirmed=device.is_settled and not device.is_lost,
                is_silent=device.is_silent,
                simulated=isinstance(self._links[device.name], Simulated),
                problem=self._links[device.name].problem,
            )
            for device in microphones.devices.values()
        }
        scene = microphones.scene
        on = None if scene is None or scene.run.finished_at is not None else scene.run.slot
        return {
            "slot": on,
            "owed": len(self._controller.outbox),
            "clock_ms": round(self._controller.clock.offset_ms),
            "devices": to_builtins(devices),
        }

    async def cut(self, request: web.Request) -> web.Response:
        """Cut at once, and say what each device read back within half a second."""
        order = await self._read(request, CutOrder)
        if isinstance(order, web.Response):
            return order
        scene = self._controller.scene
        if scene is None or scene.run.finished_at is not None:
            return _refuse(409, "no presentation is on here")
        if order.broadcast not in (None, scene.broadcast):
            return _refuse(409, f"{scene.broadcast} is on, not {order.broadcast}")
        if order.slot not in (None, scene.run.slot):
            return _refuse(409, f"{scene.run.slot} is on, not {order.slot}")
        now = self._controller.clock.now_ms()
        direct = DirectCut(order.id, order.by, min(order.at, now))
        if is_too_old(scene, direct):
            return _refuse(409, f"{scene.run.slot} began or was turned after that was pressed")
        self._controller.cut(direct)
        with suppress(TimeoutError):
            async with asyncio.timeout(CONFIRMED_WITHIN_S):
                await self._confirmed()
        return web.json_response({"slot": scene.run.slot, **self.standing()})

    async def simulate(self, request: web.Request) -> web.Response:
        """Make a simulated device fail, or well again."""
        wanted = await self._read(request, Behaviour)
        if isinstance(wanted, web.Response):
            return wanted
        link = self._links.get(wanted.device)
        if link is None:
            return _refuse(404, f"no device is called {wanted.device!r}")
        if not isinstance(link, Simulated):
            return _refuse(409, f"{wanted.device} is a real device", reason="not_simulated")
        link.behave(wanted.mode, wanted.delay_ms, wanted.is_open)
        self._controller.tell_of(wanted.device)
        return web.json_response(self.standing())

    async def _confirmed(self) -> None:
        devices = self._controller.microphones.devices.values()
        while not all(device.is_settled for device in devices):  # noqa: ASYNC110 - half a second
            await asyncio.sleep(LOOK_S)

    async def _read(self, request: web.Request, shape: Any) -> Any:
        if (request.content_length or 0) > MOST_BYTES:
            return _refuse(413, "that is too much")
        try:
            async with asyncio.timeout(BODY_WITHIN_S):
                body = await _whole(request)
        except (TimeoutError, ConnectionError):
            return _refuse(408, "the request did not come whole")
        try:
            now = self._controller.clock.now_ms()
            return verify(self._secret, body, request.headers.get(HEADER), shape, now)
        except NotOurs as error:
            log.warning("%s from %s refused: %s", request.path, request.remote, error)
            return _refuse(401, str(error))


async def _whole(request: web.Request) -> bytes:
    """The body, which may come in pieces; of one that is too large only so much that it shows."""
    body = b""
    while len(body) <= MOST_BYTES and (piece := await request.content.read(MOST_BYTES)):
        body += piece
    return body


def _refuse(status: int, detail: str, *, reason: str = "") -> web.Response:
    reason = reason or REASONS[status]
    error = {"reason": reason, "field": None, "detail": detail}
    return web.json_response({"error": error}, status=status)
