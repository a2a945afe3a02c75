"""A producer who changes the running order while it is presented, and calls slots by their names.

What the two operators press goes for the slot that is next; a producer's presses do not.
"""

import asyncio
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from msgspec import structs

from dashboards.api.sessions.routes import tell_screen, turn_page
from dashboards.api.sessions.shapes import PageOrder, ScreenOrder
from schemas.broadcasts import Slot
from schemas.sessions import CommandName
from tests.sim.actors.desk import Desk
from tests.sim.evening import BROADCAST, COUNTY, GROUP
from tests.sim.roles.console import ConsoleRole
from tests.sim.town import Town

BETWEEN_S = 1.2
EXTRA, BREAK = "x1", "tea"
SLOTS = (*(slot.id for slot in BROADCAST.slots), EXTRA, BREAK)
NAMED: tuple[CommandName, ...] = ("start_presentation", "skip_slot", "restore_slot")
SCREENS = ("hall", "all")


class Producer(Desk):
    """A third desk, without keys: whatever is named, and the whole running order."""

    def __init__(self, town: Town) -> None:
        super().__init__(town, 3)
        self._chance = town.world.chance_of("producer")

    async def act_until(self, stop: asyncio.Event) -> None:
        """Do one thing after the other."""
        deeds: tuple[Callable[[], Any], ...] = (
            self._rearrange,
            self._rearrange,
            self._name_a_slot,
            self._move_on,
            self._cut,
            self._tell_screen,
            self._turn_page,
        )
        while not stop.is_set():
            await asyncio.sleep(self._chance.expovariate(1 / BETWEEN_S))
            await self._chance.choice(deeds)()

    async def _rearrange(self) -> None:
        change = self._chance.choice(CHANGES)
        await self.press("change_rundown", rearrange=lambda slots: change(slots, self._chance))

    async def _name_a_slot(self) -> None:
        await self.press(self._chance.choice(NAMED), self._chance.choice(SLOTS))

    async def _move_on(self) -> None:
        await self.press("move_on")

    async def _cut(self) -> None:
        await self.press("cut_microphone")

    async def _tell_screen(self) -> None:
        chance = self._chance
        order = ScreenOrder(
            message=chance.choice((None, "", "Louder")), blink=chance.random() < 0.5
        )
        screen = chance.choice(SCREENS)

        async def tell(role: ConsoleRole) -> Any:
            return await role.call(tell_screen, broadcast_id=COUNTY, name=screen, data=order)

        await self.ask(tell)

    async def _turn_page(self) -> None:
        order = PageOrder(self._chance.choice(SLOTS), self._chance.randint(1, 9))

        async def turn(role: ConsoleRole) -> Any:
            return await role.call(turn_page, broadcast_id=COUNTY, data=order)

        await self.ask(turn)


def _shuffled(slots: Sequence[Slot], chance: Random) -> list[Slot]:
    """The last two change places; the rules refuse it where one of them has begun."""
    return [*slots[:-2], *reversed(slots[-2:])]


def _with_an_extra(slots: Sequence[Slot], chance: Random) -> list[Slot]:
    """One presentation more, which nobody is asked to mark in time."""
    extra = Slot(EXTRA, group=GROUP, unit="u1", allotted_ms=2_000, warning_ms=500)
    return _with(slots, extra, chance)


def _with_a_break(slots: Sequence[Slot], chance: Random) -> list[Slot]:
    """A break, in which no microphone may be open."""
    return _with(slots, Slot(BREAK, allotted_ms=2_000, warning_ms=500, kind="break"), chance)


def _with(slots: Sequence[Slot], new: Slot, chance: Random) -> list[Slot]:
    """Put a slot in anywhere; one that is in already is taken out."""
    kept = [slot for slot in slots if slot.id != new.id]
    place = chance.randint(0, len(kept))
    return [*kept[:place], new, *kept[place:]] if len(kept) == len(slots) else kept


def _lengthened(slots: Sequence[Slot], chance: Random) -> list[Slot]:
    """Another length for one of them."""
    number = chance.randrange(len(slots))
    other = structs.replace(slots[number], allotted_ms=chance.choice((2_500, 4_000, 6_000)))
    return [*slots[:number], other, *slots[number + 1 :]]


def _shortened(slots: Sequence[Slot], chance: Random) -> list[Slot]:
    """One slot is left out; the rules keep what has begun, and the console what is marked."""
    number = chance.randrange(len(slots))
    return [*slots[:number], *slots[number + 1 :]] if len(slots) > 1 else list(slots)


CHANGES = (_shuffled, _with_an_extra, _with_a_break, _lengthened, _shortened)
