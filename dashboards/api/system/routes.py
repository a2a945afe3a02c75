"""The console about itself: health, metrics, where the other doors are."""

from typing import Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from dashboards.api.console import SharedConsole
from dashboards.api.web.hosts import host_name
from dashboards.api.web.shapes import ConsoleSettings, Health

TAGS = ["system"]


@get(
    "/healthz",
    operation_id="read_health",
    tags=TAGS,
    responses={503: ResponseSpec(Health, description="Something is wrong.")},
)
async def read_health(console: SharedConsole) -> Response[Health]:
    """Whether all is well, and if not, what is wrong."""
    problems = console.problems()
    return Response(Health(not problems, problems), status_code=503 if problems else 200)


@get("/metrics", include_in_schema=False)
async def read_metrics(console: SharedConsole) -> Response[bytes]:
    """Every count, for Prometheus."""
    return Response(
        generate_latest(console.metrics.registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
    )


@get(
    "/api/config",
    operation_id="read_config",
    tags=TAGS,
)
async def read_config(console: SharedConsole) -> ConsoleSettings:
    """Where the other doors are, and which languages there are."""
    settings = console.config
    return ConsoleSettings(
        settings.gateway_port, settings.push_port, settings.public_host, ["zh", "en"]
    )


@get("/vote", include_in_schema=False)
async def lead_to_vote(console: SharedConsole, request: Request[Any, Any, Any]) -> Response[bytes]:
    """Lead to the gateway's page: votes go in by one door only."""
    name = host_name(request.headers.get("host", "")) or console.config.public_host or "127.0.0.1"
    query = request.scope["query_string"].decode("latin-1")
    address = f"{request.url.scheme}://{name}:{console.config.gateway_port}/vote"
    location = f"{address}?{query}" if query else address
    return Response(b"", status_code=307, headers={"Location": location})


def system_routes() -> list[HTTPRouteHandler]:
    """Every address about the console itself."""
    return [read_health, read_metrics, read_config, lead_to_vote]
