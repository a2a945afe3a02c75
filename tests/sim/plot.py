"""The plot of every evening: people act, an adversary interferes, then all must come right."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.sim.actors.adversary import Adversary
from tests.sim.actors.chair import Chair
from tests.sim.actors.citizens import Citizens
from tests.sim.actors.desk import Desk
from tests.sim.actors.evaluators import Evaluators
from tests.sim.actors.operator import Operator
from tests.sim.actors.other_doors import OtherDoors
from tests.sim.actors.producer import Producer
from tests.sim.actors.screens import BOARD, GROUP_BOARD, SESSION, Screen
from tests.sim.aim import NOWHERE, PLOTS, Aim
from tests.sim.evening import COUNTY, GROUP, ROUND
from tests.sim.oracles import commands, groups, stage, votes
from tests.sim.oracles.log import Broken, WatchedBroker
from tests.sim.roles.archive import Archive, ClickHouse, holes
from tests.sim.roles.console import ConsoleRole
from tests.sim.roles.gateway import Gateway
from tests.sim.roles.group import Group, Sloppiness
from tests.sim.roles.push import Push
from tests.sim.roles.stage import Disk, Given, Microphone, Stage, TakenCut
from tests.sim.roles.worker import Worker
from tests.sim.town import Town
from tests.sim.world import World

TROUBLE_S = 12.0
PATIENCE_S = 60.0
"""The longest patience of any part is the watchdog's, 15 s; then a worker starts and refolds."""
LOOK_S = 0.25


@dataclass(slots=True)
class Cast:
    """Who takes part in an evening; not everybody does in each, so that more are played."""

    votes: bool
    stage: int
    marks: bool
    push: bool
    archive: bool
    workers: int
    has_interlude: bool

    @staticmethod
    def of(world: World, aim: Aim) -> "Cast":
        """An evening's cast, by its seed and by what it is aimed at."""
        chance = world.chance_of("cast")
        chosen = chance.choice(PLOTS)
        plot = aim.plot or chosen
        stages, has_push = chance.randint(1, 2), chance.random() < 0.5
        return Cast(
            votes=plot in ("votes", "all"),
            stage=(aim.stages or stages) if plot in ("stage", "all") else 0,
            marks=plot in ("marks", "all"),
            push=has_push if aim.has_push is None else aim.has_push,
            archive=chance.random() < 0.4,
            workers=aim.workers or chance.randint(1, 2),
            has_interlude=plot == "votes" and (aim.has_interlude or chance.random() < 0.3),
        )


class Evening:
    """One evening, played by a cast."""

    def __init__(self, world: World, patience_s: float, aim: Aim) -> None:
        self.world = world
        self._patience_s = patience_s
        self._aim = aim
        self.cast = Cast.of(world, aim)
        world.trace.note(f"the cast: {self.cast}")
        self.broken: list[str] = []
        self.broker = world.broker = WatchedBroker(world.trace, self.fail)
        self.broker.looks.append(partial(groups.told_too_early, self.broker))
        self.broker.looks.append(votes.told_of_somebody)
        self.town = Town(world)
        chance = world.chance_of("people")
        sloppiness = Sloppiness(chance.choice((0, 0.05)), chance.choice((0, 0, 0.05)))
        self.group = Group(world, aim.sloppiness or sloppiness)
        self.leaves_out = self.group.sloppiness.leaves_out > 0
        self.microphone = Microphone(world.loop)
        self.clickhouse = ClickHouse(world.chance_of("clickhouse"))
        self.given: list[Given] = []
        self.cuts: list[TakenCut] = []
        self.hall = stage.Hall(self.town, self.broker, self.microphone, self.cuts, self.fail)
        self.citizens, self.operator = Citizens(self.town), Operator(self.town)
        self.other_doors = OtherDoors(self.town)
        self.evaluators, self.desks = Evaluators(self.town), [Desk(self.town, n) for n in (1, 2)]
        self.chair = Chair(self.town)
        self.producer = Producer(self.town)
        self.screens = [Screen(self.town, f"screen-{n}", self.fail) for n in (1, 2)]
        self.over = asyncio.Event()

    def fail(self, words: str) -> None:
        """Take what an oracle says."""
        self.world.trace.note(f"BROKEN: {words}")
        self.broken.append(words)

    def settle(self) -> None:
        """Start every role of the cast."""
        world, cast, settle = self.world, self.cast, self.town.settle
        settle("console-1", lambda process: ConsoleRole(world, process, cast.stage))
        for number in range(cast.workers):
            settle(f"worker-{number + 1}", lambda process: Worker(world, process, self.group))
        if cast.votes:
            for number in (1, 2):
                settle(f"gateway-{number}", partial(Gateway, world))
        for number in range(cast.stage):
            disk = Disk()
            make = partial(self._stage, disk)
            settle(f"stage-{number + 1}", make)
        if cast.push:
            settle("push-1", partial(Push, world))
        if cast.archive:
            settle("archive-1", lambda process: Archive(world, process, self.clickhouse))
        self.town.look()
        self.group.look()

    def _stage(self, disk: Disk, process: "object") -> Stage:
        return Stage(self.world, process, self.microphone, disk, self.given, self.cuts)  # pyright: ignore

    async def play(self) -> None:
        """Play it through.

        Raises:
            Broken: an oracle says no.
        """
        self.settle()
        clickhouse = self.clickhouse if self.cast.archive else None
        microphone = self.microphone if self.cast.stage else None
        adversary = Adversary(self.town, microphone, clickhouse, self._aim)
        harm = asyncio.create_task(adversary.act_until(self.over))
        await self.operator.load()
        watching = [asyncio.create_task(part) for part in self._watch()]
        acting = [asyncio.create_task(part) for part in self._act()]
        await asyncio.sleep(TROUBLE_S)
        self.over.set()
        await asyncio.gather(harm)
        await adversary.let_go()
        self.world.is_calm = True
        self.group.sloppiness = Sloppiness()
        await asyncio.gather(*acting)
        if self.cast.has_interlude and self.operator.is_open():
            await self._interlude()
        await self._close()
        await self._come_right(self._wrongs)
        for task in watching:
            task.cancel()
        self._judge()
        if self.broken:
            raise Broken("\n".join(self.broken[:5]))

    def _watch(self) -> Iterator[object]:
        if self.cast.stage:
            yield self.hall.watch()
        if self.cast.push:
            yield from (screen.watch() for screen in self.screens)

    def _act(self) -> Iterator[object]:
        if self.cast.votes:
            yield self._vote()
        if self.cast.stage:
            yield from (desk.press_until(self.over, self._aim) for desk in self.desks)
            if self._aim.keys is None:
                yield self.producer.act_until(self.over)
        if self.cast.marks:
            yield self.evaluators.mark_until(self.over)
            yield self.chair.act_until(self.over)

    async def _vote(self) -> None:
        await self.operator.open()
        voting = asyncio.create_task(self.citizens.vote_until(self.over))
        others = asyncio.create_task(self.other_doors.vote_until(self.over))
        await self.operator.waver_until(self.over, self._aim)
        await asyncio.gather(voting, others)
        await self.citizens.settle()

    async def _close(self) -> None:
        if self.cast.stage:
            await self.desks[0].end()
        if self.cast.votes:
            await self.operator.close()
        if self.cast.marks:
            await self.desks[0].close_group()
            await asyncio.gather(self.desks[0].reveal(), self.chair.correct())

    async def _interlude(self) -> None:
        """Let citizens vote while no worker lives; it must be told though all is quiet then."""
        for post in self.town.all("worker"):
            self.town.kill(post)
        await self.citizens.vote_once()
        await self._come_right(lambda: iter([lambda: votes.differences(self.broker)]))

    async def _come_right(self, wrongs: Callable[[], Iterator[Callable[[], list[str]]]]) -> None:
        until_s = self.world.loop.now_s + self._patience_s
        while found := [words for wrong in wrongs() for words in wrong()]:
            if self.world.loop.now_s > until_s:
                raise Broken(f"after {self._patience_s:.0f} calm seconds: " + "; ".join(found[:4]))
            await asyncio.sleep(LOOK_S)

    def _wrongs(self) -> Iterator[Callable[[], list[str]]]:
        """What must come right in the end."""
        if self.cast.votes:
            yield lambda: final(self.broker)
        if self.cast.marks:
            yield lambda: groups.board_wrong(self.broker)
        if self.cast.archive:
            yield lambda: holes(self.clickhouse, self.broker.everything)
        if self.cast.push:
            yield self._stale_screens
        if self.cast.stage:
            yield self._open_microphone
            yield lambda: commands.untold_cuts(self.broker, self.cuts, self.world.disturbed)

    def _stale_screens(self) -> list[str]:
        found: list[str] = []
        for channel, board in (
            (BOARD, f"satisfaction:{ROUND}"),
            (GROUP_BOARD, f"presentations:{GROUP}"),
        ):
            newest = self.broker.newest_board(board)
            for screen in self.screens:
                shown = screen.shown.get(channel)
                if newest is not None and (shown is None or shown[1] != newest):
                    found.append(f"a screen shows another {board} than the newest")
        return found + (self._stale_sessions() if self.cast.stage else [])

    def _stale_sessions(self) -> list[str]:
        """How a screen's session differs from the reckoning of what counted."""
        held = commands.reckon(self.broker)
        found: list[str] = []
        for screen in self.screens:
            told = screen.shown.get(SESSION)
            shown = {slot["id"]: _standing(slot) for slot in told[1]["slots"]} if told else {}
            if shown != (wanted := held.statuses()):
                found.append(f"a screen shows {shown}, the reckoning {wanted}")
        return found

    def _open_microphone(self) -> list[str]:
        """Nobody minds a microphone before the first presentation."""
        self.hall.fold()
        was_on = bool(self.hall.state.session(COUNTY).runs)
        is_open = was_on and self.microphone.is_open
        return ["the microphone is open and nothing is on"] if is_open else []

    def _told(self) -> list[commands.Told]:
        return [told for desk in (*self.desks, self.producer) for told in desk.told]

    def _judge(self) -> None:
        acked = [*self.citizens.acked, *self.other_doors.acked]
        if lost := votes.lost_ballots(self.broker, acked):
            self.fail(f"{len(lost)} of {len(acked)} acked ballots are lost: {lost[:3]}")
        for voter, doors in votes.sources(self.broker).items():
            if len(doors) > 1:
                self.fail(f"the voter {voter} came by {sorted(doors)}")
        if gone := groups.lost_marks(self.broker, self.evaluators.acked):
            self.fail(f"{len(gone)} acked marks are lost: {gone[:3]}")
        for words in groups.wrong_corrections(self.broker, self.chair.acked):
            self.fail(words)
        self.hall.fold()
        for words in stage.doubled_cues(self.given, self.world.disturbed):
            self.fail(words)
        for words in stage.causeless_cues(self.given, self.hall.state):
            self.fail(words)
        reckoned = commands.reckon(self.broker)
        for words in commands.wrong_effects(reckoned, self.hall.decided):
            self.fail(words)
        for words in commands.wrong_answers(reckoned, self._told()):
            self.fail(words)
        for words in self.world.crashes:
            if not ("Hangs" in words and self.leaves_out):
                self.fail(f"a process ended by itself: {words}")


async def play(world: World, patience_s: float, aim: Aim = NOWHERE) -> None:
    """Play an evening."""
    await Evening(world, patience_s, aim).play()


def _standing(slot: dict[str, Any]) -> tuple[str, int]:
    """How a slot of a session is shown, as the reckoning says it."""
    return ("waiting" if slot["status"] == "armed" else slot["status"]), slot["page"]


def final(broker: WatchedBroker) -> list[str]:
    """What is missing until the round is final, and its board what the recount says."""
    if votes.recount(broker)["status"] not in ("final", "corrected"):
        return ["the round is not final"]
    return votes.differences(broker)
