"""Carries out what the microphones' rules say, on time, and tells the log what came of it."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping

from msgspec import structs

from agents.reducers import microphone, warning
from agents.reducers.microphone import Deed, Device, Microphones, Order, Outcome, Report
from agents.reducers.scene import DirectCut, Scene, cut, wish
from agents.reducers.turns import Turns
from schemas.sessions import DeviceReported, MicrophoneCut, MicrophoneOpened, MicrophoneOrdered
from schemas.wire import encode
from streams.stage.clock import Clock
from streams.stage.config import DeviceConfig
from streams.stage.links.link import Link, Unreachable
from streams.stage.links.simulated import Simulated
from streams.stage.metrics import Metrics
from streams.stage.outbox import Outbox
from streams.stage.state_file import StageState, StateFile

# UDP and a WebSocket in the same hall are open by then; a cut that is due at the start is so much
# late, but sent before that it would be lost and come 0.1 s later
CONNECTING_S = 0.05
# A device is red at the operator's after 0.4 s; whoever confirms later than this is gone
ORDER_WITHIN_S = 2.0
# An order is repeated every 0.1 s and may hang for ORDER_WITHIN_S: 20 would be on their way to a
# device that hangs, and all come true when it wakes
MOST_ORDERS = 4

log = logging.getLogger(__name__)


class Controller:
    """Drives every device to what the scene wants; one timer, set to the next deed."""

    def __init__(
        self,
        name: str,
        devices: Mapping[str, DeviceConfig],
        links: Mapping[str, Link],
        file: StateFile,
        metrics: Metrics,
    ) -> None:
        kept = file.load()
        self.clock = Clock(kept.offset_ms)
        self.outbox = Outbox(kept.owed, self._keep_soon)
        self.microphones = Microphones(_devices(devices), kept.scene)
        self.turns = Turns(name, kept.holders)
        self.turned: Callable[[Scene | None], None] = _nobody
        self._by = f"stage:{name}"
        self._links = links
        self._file = file
        self._metrics = metrics
        self._asking: dict[str, dict[asyncio.Task[None], bool]] = defaultdict(dict)
        self._timer: asyncio.TimerHandle | None = None
        self._keeping: asyncio.Handle | None = None
        self._focus = kept.scene.broadcast if kept.scene else None
        self._warned = kept.warned

    @property
    def scene(self) -> Scene | None:
        """The presentation that is served now."""
        return self.microphones.scene

    async def run(self) -> None:
        """Keep the ways to all devices until cancelled.

        After a restart the first look waits a moment for them: what is sent before is lost.
        """
        asyncio.get_running_loop().call_later(CONNECTING_S, self.look)
        async with asyncio.TaskGroup() as group:
            for name, link in self._links.items():
                group.create_task(link.run(lambda is_open, name=name: self.hear(name, is_open)))

    def serve(self, scene: Scene | None) -> None:
        """Serve this scene from now on.

        The deadline is kept before anything is opened; no disk is waited for while something is
        open, so that none delays a cut.
        """
        now = self.clock.now_ms()
        was_open = _is_open(self.scene, now)
        self.microphones.scene = scene
        if _is_open(scene, now) and not was_open:
            self._file.save(self._kept())
        self.look()
        self._keep_soon()
        self.turned(scene)

    def focus(self, broadcast: str | None) -> None:
        """Tell the devices' standing to this broadcast from now on."""
        if broadcast is None or broadcast == self._focus:
            return
        self._focus = broadcast
        for name in self.microphones.devices:
            self.tell_of(name)

    def tell_of(self, name: str) -> None:
        """Tell how a device stands, as if it were news."""
        device = self.microphones.devices[name]
        if device.said is not None:
            self._report(Report(name, device.said, device.is_open))

    def cut(self, order: DirectCut) -> None:
        """Cut now: the operator's word, straight from the console."""
        scene = self.scene
        if scene is None or not cut(scene, order):
            return
        fact = MicrophoneOrdered(
            at=order.at,
            by=order.by,
            id=order.id,
            broadcast=scene.broadcast,
            slot=scene.run.slot,
            is_open=False,
            reason="cut from the console, straight at the stage",
        )
        self.look()
        self.outbox.post(encode(fact))
        self.turned(scene)

    def look(self) -> None:
        """Do what is due now, and set the timer for what comes next."""
        now = self.clock.now_ms()
        self._act(microphone.due(self.microphones, now))
        self._warn(now)
        self._set_timer(now)

    def hear(self, name: str, is_open: bool | None) -> None:
        """Take what a device says of itself; None is that it does not answer any more."""
        now = self.clock.now_ms()
        if is_open is not None:
            self._act(microphone.read_back(self.microphones, name, is_open, now))
        elif not self.microphones.devices[name].is_lost:
            self._act(microphone.lost(self.microphones, name, now))
        self.look()

    def _set_timer(self, now: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        wakes = (
            microphone.wake_at(self.microphones, now),
            warning.wake_at(self.scene, self._warned, now),
        )
        at = min((at for at in wakes if at is not None), default=None)
        if at is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(self.clock.steady_at(at), self.look)

    def _warn(self, now: int) -> None:
        """Say that the warning is given, which every screen counts down to by itself."""
        fact = warning.due(self.scene, self._warned, now)
        if fact is not None:
            self._warned = fact.id
            self.outbox.post(encode(structs.replace(fact, by=self._by)))

    def _act(self, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            match outcome:
                case Order():
                    self._order(outcome)
                case Deed():
                    self._tell(outcome)
                case Report():
                    self._report(outcome)

    def _order(self, order: Order) -> None:
        asking = self._asking[order.device]
        for task, is_open in list(asking.items()):
            # an order that is overtaken must not come through after the one that overtook it
            if is_open != order.is_open:
                task.cancel()
        if list(asking.values()).count(order.is_open) < MOST_ORDERS:
            task = asyncio.create_task(self._ask(order))
            asking[task] = order.is_open
            task.add_done_callback(lambda done: asking.pop(done, None))

    async def _ask(self, order: Order) -> None:
        try:
            async with asyncio.timeout(ORDER_WITHIN_S):
                await self._links[order.device].order(order.is_open)
        except (Unreachable, OSError, TimeoutError) as error:
            log.debug("%s: %s", order.device, error or repr(error))

    def _tell(self, deed: Deed) -> None:
        wish = deed.wish
        kind = "open" if wish.is_open else "cut"
        fact = (MicrophoneOpened if wish.is_open else MicrophoneCut)(
            at=deed.confirmed_at or self.clock.now_ms(),
            by=self._by,
            id=f"{wish.command}:{deed.device}:{kind}:{wish.planned_at}",
            broadcast=wish.broadcast,
            slot=wish.slot,
            device=deed.device,
            planned_at=wish.planned_at,
            sent_at=deed.sent_at,
            confirmed_at=deed.confirmed_at,
            attempts=deed.attempts,
        )
        self._metrics.note(deed)
        self.outbox.post(encode(fact))

    def _report(self, report: Report) -> None:
        self._metrics.answers.labels(report.device).set(report.state != "silent")
        link = self._links[report.device]
        if report.state == "silent":
            log.error("%s does not answer: %s", report.device, link.problem or "no confirmation")
        else:
            log.info("%s: %s", report.device, report.state)
        if self._focus is None:
            return
        at = self.clock.now_ms()
        fact = DeviceReported(
            at=at,
            by=self._by,
            id=f"{self._by}:{report.device}:{report.state}:{at}",
            broadcast=self._focus,
            device=report.device,
            controller=self._by.removeprefix("stage:"),
            state=report.state,
            is_open=report.is_open,
            simulated=link.behaviour if isinstance(link, Simulated) else None,
        )
        self.outbox.post(encode(fact))

    def _keep_soon(self) -> None:
        """Keep what is to be known, after the orders that are on their way already."""
        if self._keeping is None:
            self._keeping = asyncio.get_running_loop().call_soon(self._keep)

    def _keep(self) -> None:
        self._keeping = None
        self._file.save_soon(self._kept())

    def _kept(self) -> StageState:
        owed, holders = self.outbox.owed, self.turns.holders
        return StageState(self.scene, round(self.clock.offset_ms), owed, self._warned, holders)


def _is_open(scene: Scene | None, now: int) -> bool:
    wanted = wish(scene, now)
    return wanted is not None and wanted.is_open


def _nobody(scene: Scene | None) -> None:
    """Nobody is told of a scene's turns."""


def _devices(configs: Mapping[str, DeviceConfig]) -> dict[str, Device]:
    return {
        name: Device(name, is_backup=config.is_backup, recut=config.recut)
        for name, config in configs.items()
    }
