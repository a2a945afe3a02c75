"""Answers `/healthz` and `/metrics`."""

from collections.abc import Callable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest


async def serve_health(
    host: str, port: int, problems: Callable[[], list[str]], registry: CollectorRegistry
) -> web.AppRunner:
    """Serve until the runner is cleaned up: 200, or 503 with what is wrong in plain words."""

    async def healthz(_request: web.Request) -> web.Response:
        wrong = problems()
        body = {"ok": False, "problems": wrong} if wrong else {"ok": True}
        return web.json_response(body, status=503 if wrong else 200)

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(
            body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/metrics", metrics)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner
