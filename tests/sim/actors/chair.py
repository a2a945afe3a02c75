"""Who closes a group, at times early, and puts marks right after the close."""

import asyncio

from dashboards.api.groups.routes import close_group
from dashboards.api.marks.routes import correct_marks
from dashboards.api.marks.shapes import CorrectionAsked
from dashboards.api.web.errors import RequestRefused
from tests.sim.actors.evaluators import MOST_TRIES, TRY_AGAIN, any_marking
from tests.sim.actors.operator import Operator
from tests.sim.evening import BROADCAST, GROUP
from tests.sim.roles.console import ConsoleRole
from tests.sim.town import Town

EARLIEST_S, LATEST_S = 3.0, 8.0
BETWEEN_S = 1.0


class Chair(Operator):
    """The chair of the evaluators; `acked` are the reasons of what the console said it has."""

    def __init__(self, town: Town) -> None:
        super().__init__(town)
        self._chance = town.world.chance_of("chair")
        self._is_early = self._chance.random() < 0.5
        self._number = 0
        self.acked: list[str] = []

    async def act_until(self, stop: asyncio.Event) -> None:
        """In every second evening close the group while all goes wrong, and correct from then on.

        What waits for a presentation to end is left to whoever ends the evening.
        """
        if not self._is_early:
            return
        await asyncio.sleep(self._chance.uniform(EARLIEST_S, LATEST_S))
        while not stop.is_set() and not await self.ask(_close):
            await asyncio.sleep(BETWEEN_S)
        while not stop.is_set():
            await asyncio.sleep(self._chance.expovariate(1 / BETWEEN_S))
            await self.correct()

    async def correct(self) -> None:
        """Put one marking right, and send it again as long as nobody knows whether it was done."""
        chance, marking = self._chance, any_marking(self._chance)
        slot = chance.choice(BROADCAST.slots).id
        evaluator = chance.choice(BROADCAST.evaluators).id
        self._number += 1
        reason = f"correction {self._number}"
        asked = CorrectionAsked(
            evaluator, reason, marking.marks, marking.submitted, marking.recused
        )

        async def correct(role: ConsoleRole) -> bool:
            await role.call(correct_marks, slot_id=slot, data=asked)
            return True

        for _ in range(MOST_TRIES):
            try:
                if await self.try_to(correct):
                    self.acked.append(reason)
                    return
            except RequestRefused as refused:
                if refused.status < TRY_AGAIN:
                    return
            except TimeoutError:
                pass
            await asyncio.sleep(chance.uniform(0.1, 2.0))


async def _close(role: ConsoleRole) -> bool:
    await role.call(close_group, group_id=GROUP)
    return True
