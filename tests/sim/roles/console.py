"""A console without its web server: its real handlers are called as the framework calls them."""

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
    """One life of a console."""

    def __init__(self, world: World, process: Process) -> None:
        self.console = Console.of(CONFIG, world.way(process))

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
