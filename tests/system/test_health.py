"""Health and metrics over HTTP, as a supervisor and Prometheus read them."""

from aiohttp import ClientSession
from prometheus_client import CollectorRegistry, Counter

from streams.health import serve_health
from tests.support.ports import free_port


async def test_health_says_what_is_wrong_and_metrics_are_prometheus_text() -> None:
    registry = CollectorRegistry()
    Counter("ballots", "Ballots seen.", registry=registry).inc(3)
    problems: list[str] = []
    port = free_port()
    runner = await serve_health("127.0.0.1", port, lambda: problems, registry)
    async with ClientSession(f"http://127.0.0.1:{port}") as http:
        async with http.get("/healthz") as well:
            assert (well.status, await well.json()) == (200, {"ok": True})
        problems.append("the log does not answer")
        async with http.get("/healthz") as ill:
            told = {"ok": False, "problems": ["the log does not answer"]}
            assert (ill.status, await ill.json()) == (503, told)
        async with http.get("/metrics") as metrics:
            assert metrics.content_type == "text/plain"
            assert "ballots_total 3.0" in await metrics.text()
    await runner.cleanup()
