"""An operator who loads a broadcast, and opens and closes its round."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from dashboards.api.rounds.routes import close_round, open_round
from dashboards.api.web.errors import RequestRefused
from schemas.facts import BroadcastLoaded
from tests.sim.aim import Aim
from tests.sim.evening import BROADCAST, COUNTY, ROUND
from tests.sim.roles.console import ConsoleRole
from tests.sim.town import Town

ANSWER_WITHIN_S = 8.0
AGAIN_AFTER_S = 0.5


class Operator:
    """Presses until what is wanted is so."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._chance = town.world.chance_of("operator")

    async def ask(self, work: Callable[[ConsoleRole], Coroutine[Any, Any, Any]]) -> Any:
        """Ask a console something once; None when nobody answers, or it refuses."""
        try:
            return await self.try_to(work)
        except (RequestRefused, TimeoutError):
            return None

    async def try_to(self, work: Callable[[ConsoleRole], Coroutine[Any, Any, Any]]) -> Any:
        """Ask a console something once; None when no console is there.

        Raises:
            RequestRefused: it refuses, or does not know.
            TimeoutError: it does not answer.
        """
        post = self._chance.choice(self._town.all("console"))
        process, role = post.process, post.role
        if process is None or process.is_dead or role is None:
            return None
        try:
            return await self._town.world.ask(process, lambda: work(role), ANSWER_WITHIN_S)
        except (RequestRefused, TimeoutError) as error:
            self._town.world.trace.note(f"the operator is told: {error!r}")
            raise

    async def insist(self, work: Callable[[ConsoleRole], Coroutine[Any, Any, bool]]) -> None:
        """Ask again until it is so."""
        while not await self.ask(work):
            await asyncio.sleep(AGAIN_AFTER_S)

    async def load(self) -> None:
        """Load the evening."""

        async def load(role: ConsoleRole) -> bool:
            console = role.console
            async with console.broadcasts.turn():
                state = console.rounds
                if COUNTY not in state.broadcasts and state.incarnation:
                    fact = BroadcastLoaded(at=console.now_ms(), by="sim", broadcast=BROADCAST)
                    await console.broadcasts.write(fact, COUNTY)
                return COUNTY in state.broadcasts

        await self.insist(load)

    async def open(self) -> None:
        """Open the round."""

        async def open_it(role: ConsoleRole) -> bool:
            if role.console.rounds.rounds[ROUND].status != "open":
                await role.call(open_round, round_id=ROUND)
            return role.console.rounds.rounds[ROUND].status == "open"

        await self.insist(open_it)

    def is_open(self) -> bool:
        """Whether the round is open, as a console sees it."""
        role = self._town.all("console")[0].role
        rounds = role.console.folds.rounds.rounds if role else {}
        return ROUND in rounds and rounds[ROUND].status == "open"

    async def close(self) -> None:
        """Close the round."""

        async def close_it(role: ConsoleRole) -> bool:
            if role.console.rounds.rounds[ROUND].status == "open":
                await role.call(close_round, round_id=ROUND)
            return role.console.rounds.rounds[ROUND].status in ("closed", "finalised")

        await self.insist(close_it)

    async def waver_until(self, stop: asyncio.Event, aim: Aim) -> None:
        """Close the round now and then, and open it again before or after it is final."""
        wavers = self._chance.random() < 0.5
        is_wavering = wavers if aim.wavers is None else aim.wavers
        while is_wavering and not stop.is_set():
            await asyncio.sleep(self._chance.uniform(1.0, 5.0))
            await self.ask(lambda role: role.call(close_round, round_id=ROUND))
            await asyncio.sleep(self._chance.choice(aim.closed_s))
            await self.ask(lambda role: role.call(open_round, round_id=ROUND))
