"""Tells a supervisor whether a role is well, and Prometheus how it does, on a port of its own."""

from collections.abc import Callable, Iterable
from typing import Any

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest


async def serve_health(
    host: str,
    port: int,
    problems: Callable[[], list[str]],
    registry: CollectorRegistry,
    *,
    more: Callable[[], dict[str, Any]] = dict[str, Any],
    routes: Iterable[web.RouteDef] = (),
) -> web.AppRunner:
    """Answer `GET /healthz` and `GET /metrics` until the returned runner's `cleanup()`.

    `problems` says what is wrong, a plain sentence each; an empty list is health. `more` is said
    beside it, and `routes` are answered too.
    """

    async def healthz(request: web.Request) -> web.Response:
        found = problems()
        if found:
            return web.json_response({"ok": False, "problems": found, **more()}, status=503)
        return web.json_response({"ok": True, **more()})

    async def metrics(request: web.Request) -> web.Response:
        headers = {"Content-Type": CONTENT_TYPE_LATEST}
        return web.Response(body=generate_latest(registry), headers=headers)

    app = web.Application()
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/metrics", metrics)
    app.router.add_routes(routes)
    # a second for who is asking: a role that ends is not asked any more
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner
