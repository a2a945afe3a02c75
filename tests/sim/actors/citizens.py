"""Citizens who vote through a partner, change their minds, and send again what was not answered."""

import asyncio
from random import Random
from typing import NamedTuple

from schemas.ballots import CHOICES
from streams.gateway.http.messages import Reply
from streams.gateway.pseudonyms import Pseudonyms, voter_name
from tests.sim.evening import BROADCAST, ROUND
from tests.sim.roles.gateway import PARTNER, SECRET, vote_json
from tests.sim.town import Town

CITIZENS = 10
ANSWER_WITHIN_S = 4.0
MOST_TRIES = 40


class Acked(NamedTuple):
    """A ballot that a citizen holds a receipt for, as the log must have it."""

    unit: str
    voter: int
    choice: int
    created_at: int


class Citizens:
    """All of them; `acked` is what they hold receipts for."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._world = town.world
        self._chance: Random = town.world.chance_of("citizens")
        self._pseudonyms = Pseudonyms(SECRET)
        self._number = 0
        self._sending: set[asyncio.Task[None]] = set()
        self.acked: list[Acked] = []

    async def vote_until(self, stop: asyncio.Event) -> None:
        """Vote until told to stop; what is under way goes on."""
        async with asyncio.TaskGroup() as group:
            for number in range(CITIZENS):
                group.create_task(self._live(f"v{number}", stop))

    async def vote_once(self) -> None:
        """Have three of them vote, and wait for what they are told."""
        await asyncio.gather(*(self._cast(f"v{number}") for number in range(3)))

    async def settle(self) -> None:
        """Wait until nobody sends any more."""
        if self._sending:
            await asyncio.wait(self._sending)

    async def _live(self, name: str, stop: asyncio.Event) -> None:
        while not stop.is_set():
            await asyncio.sleep(self._chance.expovariate(1.0))
            task = asyncio.create_task(self._cast(name))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def _cast(self, name: str) -> None:
        chance, created_at = self._chance, self._world.now_ms()
        self._number += 1
        request = f"request-{self._number}"
        unit = chance.choice(BROADCAST.units).id
        choice = chance.randrange(len(CHOICES))
        body = vote_json(
            round=ROUND, unit=unit, choice=CHOICES[choice], voter=name, voted_at=created_at
        )
        for _ in range(MOST_TRIES):
            reply = await self._ask(request, body)
            if reply is not None and reply.status == 200:
                voter = self._pseudonyms.of(ROUND, voter_name("partner", PARTNER, name))
                self.acked.append(Acked(unit, voter, choice, created_at))
                self._world.trace.note(f"{name} has a receipt: {unit} {choice} of {created_at}")
                return
            if reply is not None and reply.status in (400, 401, 403):
                self._world.trace.note(f"{name} is refused: {reply.outcome}")
                return
            await asyncio.sleep(chance.uniform(0.1, 5.0))

    async def _ask(self, request: str, body: bytes) -> Reply | None:
        """Ask one gateway, by a network that may lose the way there or back."""
        post = self._chance.choice(self._town.all("gateway"))
        process, role = post.process, post.role
        sent_s = self._world.now_ms() // 1_000
        if process is None or process.is_dead or role is None:
            return None
        try:
            return await self._world.ask(
                process, lambda: role.post_votes(request, body, sent_s), ANSWER_WITHIN_S
            )
        except TimeoutError:
            return None
