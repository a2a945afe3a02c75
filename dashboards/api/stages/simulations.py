"""Simulated devices over HTTP: the operator makes one slow, silent or gone, to see what happens."""

from litestar import post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody
from msgspec import Struct

from dashboards.api.console import SharedConsole
from dashboards.api.stages.orders import tell_stages
from dashboards.api.web.auth import needs
from dashboards.api.web.described import OPERATOR, WRITE_ERRORS, DeviceName, errors
from dashboards.api.web.errors import RequestRefused
from schemas.sessions import SimulatedAs
from streams.stage.direct import SIMULATE_PATH, Behaviour

SLOW_MS = 1_000  # above the 0.4 s after which a device is red: what is slow must be seen
WITHIN_S = 2.0  # a stage controller answers in ms; as long as it waits for the body


class SimulationOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """How a simulated device behaves from now on; `is_open` is what a hand at the desk does.

    What is left out stays as it is.
    """

    behaves: SimulatedAs | None = None
    is_open: bool | None = None


class Simulation(Struct, frozen=True):
    """Which stage controllers have that device, and do as they were told: by address."""

    stages: dict[str, bool]


@post(
    "/api/devices/{device:str}/simulation",
    operation_id="simulate_device",
    tags=["sessions"],
    status_code=200,
    security=OPERATOR,
    guards=[needs("operator")],
    response_description="It behaves like that.",
    responses=errors(*WRITE_ERRORS, 400, 404, 409),
)
async def simulate_device(
    console: SharedConsole, device: DeviceName, data: JSONBody[SimulationOrder]
) -> Simulation:
    """Make a simulated device well, slow, silent or gone, or turn it as a hand at the desk would.

    It is for rehearsals: a real device is left alone (409).
    """
    order = Behaviour(
        device=device,
        at=console.now_ms(),
        mode="well" if data.behaves == "slow" else data.behaves,
        delay_ms=SLOW_MS if data.behaves == "slow" else 0,
        is_open=data.is_open,
    )
    stages, secret = console.config.stages, console.config.secret
    told = await tell_stages(stages, secret, SIMULATE_PATH, order, WITHIN_S)
    if not any(status == 200 for status in told.values()):
        raise _refused(device, set(told.values()))
    return Simulation({url: status == 200 for url, status in told.items()})


def simulation_routes() -> list[HTTPRouteHandler]:
    """Every address of simulated devices."""
    return [simulate_device]


def _refused(device: str, statuses: set[int | None]) -> RequestRefused:
    if 409 in statuses:
        return RequestRefused(409, "not_simulated", f"{device} is a real device; it is left alone")
    if 404 in statuses:
        return RequestRefused(404, "unknown_device", f"no stage controller has a device {device!r}")
    detail = "no stage controller did it; does one run, with the same secret and clock?"
    return RequestRefused(503, "stage_unavailable", detail, headers={"Retry-After": "2"})
