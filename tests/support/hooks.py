"""A vMix and a signed hook on loopback ports, for tests of the stage's devices."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import quoteattr

from aiohttp import web
from standardwebhooks import Webhook

from tests.support.ports import free_port

Handler = Callable[[web.Request], Awaitable[web.Response]]


@asynccontextmanager
async def answering(path: str, handler: Handler, port: int | None = None) -> AsyncIterator[str]:
    """Answer an address until the block ends; its URL without the path."""
    app = web.Application()
    app.router.add_route("*", path, handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    port = port or free_port()
    await web.TCPSite(runner, "127.0.0.1", port, reuse_address=True).start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


@dataclass
class VmixMixer:
    """vMix's web interface, as far as an input's audio goes."""

    muted: dict[str, bool] = field(default_factory=lambda: {"Speech & Co": True, "Film": False})
    calls: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        function, name = request.query.get("Function"), request.query.get("Input")
        if function is None:
            return web.Response(text=self.state(), content_type="text/xml")
        self.calls.append(function)
        titles = list(self.muted)
        named = {
            key: title
            for number, title in enumerate(titles, 1)
            for key in (title, str(number), f"k{number}")
        }
        if name not in named or function not in ("AudioOn", "AudioOff"):
            return web.Response(status=500, text="Unable to process function.")
        self.muted[named[name]] = function == "AudioOff"
        return web.Response(text="Function completed successfully.")

    def state(self) -> str:
        inputs = "".join(
            f'<input key="k{number}" number="{number}" type="Capture" title={quoteattr(title)} '
            f'shortTitle={quoteattr(title)} muted="{is_muted}" volume="100">{title[:3]}</input>'
            for number, (title, is_muted) in enumerate(self.muted.items(), 1)
        )
        return f"<vmix><version>27.0.0.49</version><inputs>{inputs}</inputs></vmix>"


@dataclass
class SignedHook:
    """Takes what is signed by Standard Webhooks' own library, and nothing else."""

    secret: str
    is_open: bool = False
    seen: list[Any] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.text()
        told = Webhook(self.secret).verify(body, dict(request.headers))
        self.seen.append(told)
        if told.get("type") == "microphone.set":
            self.is_open = told["is_open"]
        return web.json_response({"is_open": self.is_open})
