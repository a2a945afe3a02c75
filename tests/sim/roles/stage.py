"""A stage controller on simulated devices, a disk in memory, and receivers that remember."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import msgspec

from agents.reducers.cues import Cue, Fact
from agents.reducers.live_state import LiveState
from agents.reducers.scene import Scene, wish
from schemas.sessions import TriggerFired, TriggerTaken
from streams.stage.clock import Clock, Sample
from streams.stage.config import DeviceConfig, OscTarget, SimulatedAddress, TriggerConfig
from streams.stage.controller import Controller
from streams.stage.direct import PATH
from streams.stage.links.link import Heard, Unreachable
from streams.stage.metrics import Metrics
from streams.stage.programme import Programme
from streams.stage.receivers import Receivers
from streams.stage.routes import Routes
from streams.stage.state_file import StageState, StateFile
from streams.stage.triggers import Triggers
from tests.sim.loop import VirtualLoop
from tests.sim.process import CURRENT, Process
from tests.sim.roles.gateway import SECRET
from tests.sim.world import World

CUES = frozenset({"start", "warning", "danger", "cut", "pause", "finish", "reveal"})
MICROPHONE = "hall"
MEASURE_EVERY_S = 10.0
DISK_S = 0.005
HTTP_OK = 200


@dataclass(slots=True)
class Microphone:
    """A device in the hall: what it is, how it behaves, and who is told of each change."""

    loop: VirtualLoop
    is_open: bool = False
    mode: str = "well"
    delay_s: float = 0.0
    unwell_until_s: float = 0.0
    opened_by_hand_s: float = -100.0
    changes: list[tuple[float, bool]] = field(default_factory=list)
    listeners: dict[Process, Callable[[bool | None], None]] = field(default_factory=dict)

    def turn(self, is_open: bool) -> None:
        """Change, and tell everybody who listens."""
        if self.is_open != is_open:
            self.changes.append((self.loop.now_s, is_open))
        self.is_open = is_open
        self.tell()

    def tell(self) -> None:
        """Say how it stands, as its mode lets it."""
        if self.mode == "silent":
            return
        for process, heard in list(self.listeners.items()):
            if process.is_dead:
                del self.listeners[process]
                continue
            answer = None if self.mode == "gone" else self.is_open
            self.loop.call_soon(heard, answer, context=process.context.copy())


class SimLink:
    """A controller's way to the device."""

    def __init__(self, microphone: Microphone) -> None:
        self._microphone = microphone
        self.problem: str | None = None

    async def run(self, heard: Heard) -> None:
        """Listen until cancelled."""
        process = CURRENT.get()
        self._microphone.listeners[process] = heard
        if self._microphone.mode == "well":
            heard(self._microphone.is_open)
        await asyncio.Event().wait()

    async def order(self, is_open: bool) -> None:
        """Ask the device."""
        microphone = self._microphone
        if microphone.mode == "gone":
            raise Unreachable("the device is gone")
        await asyncio.sleep(microphone.delay_s)
        if microphone.mode == "well":
            microphone.loop.after(0.001, microphone.turn, is_open)


@dataclass(slots=True)
class Disk:
    """What a controller's machine keeps though its process dies."""

    kept: bytes = b""


class MemoryFile:
    """A state file on such a disk (`streams.stage.state_file.StateFile`)."""

    def __init__(self, disk: Disk, loop: VirtualLoop) -> None:
        self._disk = disk
        self._loop = loop

    def load(self) -> StageState:
        """What was kept."""
        if not self._disk.kept:
            return StageState()
        return msgspec.json.decode(self._disk.kept, type=StageState)

    def save(self, state: StageState) -> None:
        """Keep this now."""
        self._disk.kept = msgspec.json.encode(state)

    def save_soon(self, state: StageState) -> "Future[None]":
        """Keep this in a moment."""
        asyncio.get_running_loop().call_later(DISK_S, self._keep, msgspec.json.encode(state))
        return Future()

    def _keep(self, value: bytes) -> None:
        self._disk.kept = value


@dataclass(frozen=True, slots=True)
class TakenCut:
    """A cut that came past the log, and that a controller answered it took: in which slot."""

    id: str
    by: str
    ordered_at: int
    slot: str
    answered_s: float


@dataclass(frozen=True, slots=True)
class Given:
    """A cue that a receiver was given."""

    cue: Cue
    controller: str
    at_s: float
    was_slow: bool


class Stage:
    """One life of a stage controller."""

    def __init__(
        self,
        world: World,
        process: Process,
        microphone: Microphone,
        disk: Disk,
        given: list[Given],
        cuts: list[TakenCut],
    ) -> None:
        self._world = world
        name = process.name.split(".")[0]
        self._given, self._cuts = given, cuts
        self._name = name
        file = cast(StateFile, MemoryFile(disk, world.loop))
        devices = {MICROPHONE: DeviceConfig(SimulatedAddress())}
        links = {MICROPHONE: SimLink(microphone)}
        self.controller = Controller(name, devices, links, file, Metrics())
        self._routes = Routes(self.controller, links, SECRET)
        triggers = {"lights": TriggerConfig(CUES, OscTarget("hall", 1, "/go"))}
        self.receivers = Receivers(triggers, self.controller)
        self.triggers = Triggers(self.controller.clock, self.receivers.due)
        self.served_open_s = 0.0
        self.controller.turned = self._turn
        self._turn(self.controller.scene)
        self.programme = Programme(
            world.way(process), self.controller, self._hear, self.triggers.begin
        )

    async def run(self) -> None:
        """Serve for good."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.controller.run())
            group.create_task(self.programme.run())
            group.create_task(self._keep_time(self.controller.clock))
            group.create_task(self.receivers.run())

    def _turn(self, scene: Scene | None) -> None:
        """Hand a scene on, and remember when one last had the microphone open."""
        wanted = wish(scene, self.controller.clock.now_ms())
        if wanted is not None and wanted.is_open:
            self.served_open_s = self._world.loop.now_s
        self.triggers.turn(scene)

    def _hear(self, fact: Fact, state: LiveState) -> None:
        if isinstance(fact, TriggerFired | TriggerTaken):
            self.receivers.hear(fact)
        else:
            self.triggers.hear(fact, state)

    async def _keep_time(self, clock: Clock) -> None:
        """Measure the clock against the console's machine, as `keep_time` does by HTTP."""
        loop, world = asyncio.get_running_loop(), self._world
        while True:
            asked_s = loop.time()
            await asyncio.sleep(0.001)
            theirs_ms = int(world.console_clock.wall_s(world.loop.now_s) * 1_000)
            await asyncio.sleep(0.001)
            if clock.take([Sample(asked_s, loop.time(), theirs_ms)]):
                self.controller.look()
                self.triggers.turn(self.controller.scene)
            await asyncio.sleep(MEASURE_EVERY_S)

    async def post_cut(self, headers: dict[str, str], body: bytes) -> int:
        """A console's `POST /cut`, signed; the status of the answer."""
        content = asyncio.StreamReader()
        content.feed_data(body)
        content.feed_eof()
        request: Any = SimpleNamespace(
            content_length=len(body), content=content, headers=headers, path=PATH, remote="console"
        )
        answer: Any = await self._routes.cut(request)
        self._world.trace.note(f"{self._name} is told to cut, and says {answer.status}")
        if answer.status == HTTP_OK:
            order, slot = msgspec.json.decode(body), msgspec.json.decode(answer.body)["slot"]
            taken = TakenCut(order["id"], self._name, order["at"], slot, self._world.loop.now_s)
            self._cuts.append(taken)
        return answer.status

    def give(self, cue: Cue) -> None:
        """A receiver takes a cue."""
        self._world.trace.note(f"{self._name} gives {cue.id}")
        now_s, is_slow = self._world.loop.now_s, self._world.is_slow
        self._given.append(Given(cue, self._name, now_s, is_slow))
