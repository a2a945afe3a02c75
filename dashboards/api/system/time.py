"""The console's clock, which every deadline of the evening is on."""

from litestar import get
from litestar.handlers import HTTPRouteHandler

from dashboards.api.console import SharedConsole
from dashboards.api.web.shapes import Time


@get("/api/time", operation_id="read_time", tags=["system"])
async def read_time(console: SharedConsole) -> Time:
    """The console's time: screens and stage controllers measure their own clock against it."""
    return Time(console.now_ms())


def time_routes() -> list[HTTPRouteHandler]:
    """The address of the clock."""
    return [read_time]
