"""Evaluators who mark on their phones, change their marks, and send again what was not answered."""

import asyncio
from random import Random
from typing import NamedTuple

from dashboards.api.marks.routes import set_marks
from dashboards.api.web.errors import RequestRefused
from schemas.scores import Marking
from streams.tokens import Bearer
from tests.sim.evening import BROADCAST
from tests.sim.roles.console import ConsoleRole
from tests.sim.town import Town

CANARY = "because of the canary"
"""What an evaluator says in confidence: it may stand nowhere in the clear."""
ANSWER_WITHIN_S = 8.0
TRY_AGAIN = 429
"""From here on a refusal asks to send it again, which must not count twice."""
MOST_TRIES = 20


class Given(NamedTuple):
    """A marking that the console said it has."""

    slot: str
    evaluator: str
    marking: Marking


def any_marking(chance: Random) -> Marking:
    """Marks, half of the way through or submitted, or a reason not to mark."""
    if chance.random() < 0.15:
        return Marking(recused=CANARY)
    marks = {"results": chance.randint(0, 60), "delivery": chance.randint(0, 40)}
    return Marking(marks, submitted=chance.random() < 0.8)


class Evaluators:
    """All of them; `acked` is what the console answered that it has, in that order."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._chance = town.world.chance_of("evaluators")
        self.acked: list[Given] = []

    async def mark_until(self, stop: asyncio.Event) -> None:
        """Mark and change marks until told to stop."""
        async with asyncio.TaskGroup() as group:
            for evaluator in BROADCAST.evaluators:
                group.create_task(self._live(evaluator.id, stop))

    async def _live(self, evaluator: str, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await asyncio.sleep(self._chance.expovariate(1 / 1.5))
            slot = self._chance.choice(BROADCAST.slots).id
            await self._mark(slot, evaluator, any_marking(self._chance))

    async def _mark(self, slot: str, evaluator: str, marking: Marking) -> None:
        bearer = Bearer("evaluator", evaluator, "card", self._town.world.now_ms())

        async def mark(role: ConsoleRole) -> bool:
            await role.call(
                set_marks, by=f"evaluator:{evaluator}", bearer=bearer, slot_id=slot, data=marking
            )
            return True

        for _ in range(MOST_TRIES):
            post = self._town.all("console")[0]
            process, role = post.process, post.role
            if process is not None and role is not None:
                try:
                    await self._town.world.ask(process, lambda role=role: mark(role), 8.0)
                except RequestRefused as refused:
                    if refused.status < TRY_AGAIN:
                        return
                except TimeoutError:
                    pass
                else:
                    self.acked.append(Given(slot, evaluator, marking))
                    return
            await asyncio.sleep(self._chance.uniform(0.1, 2.0))
