"""Operators at their desks who run the presentations: by keys that the rules may refuse."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, get_args

from msgspec import structs

from dashboards.api.groups.routes import close_group, reveal_group
from dashboards.api.marks.shapes import RevealAsked
from dashboards.api.sessions.routes import command_session
from dashboards.api.sessions.shapes import CommandOrder
from dashboards.api.web.errors import RequestRefused
from schemas.broadcasts import Slot
from schemas.sessions import CommandName
from tests.sim.actors.operator import Operator
from tests.sim.aim import Aim
from tests.sim.evening import COUNTY, GROUP
from tests.sim.oracles.commands import Told
from tests.sim.roles.console import ConsoleRole
from tests.sim.town import Town

KEYS: dict[CommandName, int] = {
    "start_presentation": 8,
    "pause_presentation": 2,
    "resume_presentation": 3,
    "add_time": 3,
    "finish_presentation": 2,
    "cut_microphone": 1,
    "restore_microphone": 1,
    "skip_slot": 1,
    "restore_slot": 1,
}
ADDED_MS = (-1_500, 1_000, 3_000)
CUT_DIRECTLY = 202
"""The answer when only controllers are known to have it: the log is to hear of it from them."""
HTTP_UNSURE = 500
"""From here on a refusal does not say that nothing was done."""


class Desk(Operator):
    """One operator's desk; `told` is what its operator was told for certain."""

    def __init__(self, town: Town, number: int) -> None:
        super().__init__(town)
        self._chance = town.world.chance_of(f"desk {number}")
        self._name = f"desk {number}"
        self._etag: str | None = None
        self._presses = 0
        self.told: list[Told] = []

    async def press_until(self, stop: asyncio.Event, aim: Aim) -> None:
        """Press one key after the other."""
        keys = list(aim.keys or KEYS)
        weights = [KEYS[key] for key in keys]
        while not stop.is_set():
            await asyncio.sleep(self._chance.expovariate(1 / 0.8))
            [key] = self._chance.choices(keys, weights)
            await self.press(key)

    async def press(
        self,
        key: CommandName,
        slot: str | None = None,
        rearrange: Callable[[Sequence[Slot]], list[Slot]] | None = None,
    ) -> bool:
        """Press a key once, sometimes only if nothing changed since one looked."""
        assert key in get_args(CommandName)
        added_ms = self._chance.choice(ADDED_MS) if key == "add_time" else None
        if key == "restore_slot" and slot is None:
            slot = self._chance.choice(("s1", "s2", "s3"))
        self._presses += 1
        order = CommandOrder(key, slot, added_ms, f"{self._name}, press {self._presses}")
        is_careful = self._etag is not None and self._chance.random() < 0.3
        headers = {"if-match": self._etag} if is_careful else {}
        self._town.world.trace.note(f"the desk presses {key} {added_ms or ''} {headers or ''}")

        async def do(role: ConsoleRole) -> Any:
            shown = role.console.live.slots(COUNTY)
            data = structs.replace(order, slots=rearrange(shown)) if rearrange else order
            return await role.call(command_session, broadcast_id=COUNTY, data=data, headers=headers)

        try:
            answer = await self.try_to(do)
        except TimeoutError:
            return False
        except RequestRefused as refused:
            self._hear(order, is_done=False, is_sure=refused.status < HTTP_UNSURE)
            return False
        if answer is None or answer.status_code == CUT_DIRECTLY:
            return answer is not None
        self._etag = answer.headers["ETag"]
        self._hear(order, is_done=True)
        return True

    def _hear(self, order: CommandOrder, *, is_done: bool, is_sure: bool = True) -> None:
        if is_sure:
            self.told.append(Told(str(order.reason), order.command, is_done))

    async def end(self) -> None:
        """Finish what is on."""

        async def end(role: ConsoleRole) -> bool:
            if role.console.live.session(COUNTY).current is not None:
                order = CommandOrder("finish_presentation")
                await role.call(command_session, broadcast_id=COUNTY, data=order)
            return role.console.live.session(COUNTY).current is None

        await self.insist(end)

    async def close_group(self) -> None:
        """Close the group."""

        async def close(role: ConsoleRole) -> bool:
            held = role.console.live.broadcasts[COUNTY]
            if GROUP not in held.closed_groups:
                await role.call(close_group, group_id=GROUP)
            return GROUP in held.closed_groups

        await self.insist(close)

    async def reveal(self) -> None:
        """Reveal the rows, one by one, and then all."""
        for rows in (1, 2, "all"):
            asked = RevealAsked(rows)

            async def reveal(role: ConsoleRole, asked: RevealAsked = asked) -> bool:
                await role.call(reveal_group, group_id=GROUP, data=asked)
                return True

            if rows == "all":
                await self.insist(reveal)
            else:
                await self.ask(reveal)
            await asyncio.sleep(self._chance.uniform(0.1, 0.6))
