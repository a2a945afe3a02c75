"""A console without its web server: its real handlers are called as the framework calls them."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from dashboards.api.console import Console
from dashboards.config import ConsoleConfig
from dashboards.serve import _work as work  # pyright: ignore[reportPrivateUsage]
from schemas.addresses import ClickHouseAddress, KafkaAddress
from tests.sim.process import Process
from tests.sim.roles.gateway import SECRET
from tests.sim.world import World

CONFIG = ConsoleConfig(
    "127.0.0.1", 0, KafkaAddress("simulated"), ClickHouseAddress("http://simulated"), SECRET
)


class ConsoleRole:
    """One life of a console, which has so many stage controllers."""

    def __init__(self, world: World, process: Process, stages: int) -> None:
        addresses = tuple(f"http://stage-{number + 1}" for number in range(stages))
        self.console = Console.of(replace(CONFIG, stages=addresses), world.way(process))

    async def run(self) -> None:
        """Work for good."""
        await work(self.console)

    async def call(self, handler: Any, by: str = "operator:sim", **arguments: Any) -> Any:
        """Call a handler.

        Raises:
            RequestRefused: as the handler does.
        """
        headers = arguments.pop("headers", {})
        bearer = arguments.pop("bearer", None)
        request = SimpleNamespace(state=SimpleNamespace(by=by, bearer=bearer), headers=headers)
        return await handler.fn(console=self.console, request=request, **arguments)
