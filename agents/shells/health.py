"""Answers `/healthz` and `/metrics`."""

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from agents.shells.work import Work


async def serve_health(host: str, port: int, work: Work) -> web.AppRunner:
    """Serve until the runner is cleaned up: 200, or 503 with what is wrong in plain words."""

    async def healthz(_request: web.Request) -> web.Response:
        problems = work.problems()
        body = {"ok": False, "problems": problems} if problems else {"ok": True}
        return web.json_response(body, status=503 if problems else 200)

    async def metrics(_request: web.Request) -> web.Response:
        work.measure()
        body = generate_latest(work.metrics.registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/metrics", metrics)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner
