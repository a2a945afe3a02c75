"""What the microphones must do next; the stage controller runs it, on its own clock.

Every device is driven to the wanted state until it reads back: a repeated cut changes nothing, so
two controllers may run at once. A cut that is late is still a cut: it is sent at once and its
lateness recorded. Times are ms on the log's clock, given by the shell.
"""

from dataclasses import dataclass, field, replace

from agents.reducers.scene import Scene, Wish, wish
from schemas.sessions import DeviceState

# Some X32 need so long between two actions; OBS has confirmed by then (3 ms, at most 51 measured)
ASK_AGAIN_MS = 100
# docs/stage.md: twice a second; one that is gone comes no sooner by more, and is soon noticed
ASK_SILENT_AGAIN_MS = 500
# docs/stage.md: red after 0.4 s, which is four waits; a lost datagram or two alarm nobody
ATTEMPTS_BEFORE_ALARM = 5


@dataclass(frozen=True, slots=True)
class Order:
    """Ask a device to open or to cut, and to read back what it did."""

    device: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Deed:
    """What was wanted of a device and came of it; `confirmed_at` is None while it is silent."""

    device: str
    wish: Wish
    sent_at: int
    confirmed_at: int | None
    attempts: int


@dataclass(frozen=True, slots=True)
class Report:
    """How a device stands, for the operator; said when it changes."""

    device: str
    state: DeviceState
    is_open: bool | None


Outcome = Order | Deed | Report


@dataclass(slots=True)
class Device:
    """One microphone: what it read back last, and what was asked of it since the last change.

    A backup is cut only when one before it does not confirm, and opened again with the others.
    `recut` says whether it is cut again when a hand opens it while it must be off.
    """

    name: str
    is_backup: bool = False
    recut: bool = True
    is_open: bool | None = None
    is_lost: bool = False
    wish: Wish | None = None
    first_sent_at: int | None = None
    last_sent_at: int | None = None
    attempts: int = 0
    is_settled: bool = True
    is_confirmed: bool = False
    said: DeviceState | None = None

    @property
    def is_silent(self) -> bool:
        """Whether the operator must see it in red: it is gone, or asked again and again."""
        return self.is_lost or (not self.is_settled and self.attempts >= ATTEMPTS_BEFORE_ALARM)

    @property
    def asks_again_at(self) -> int | None:
        """When it must be asked again, ms; None when it need not be."""
        if self.is_settled or self.last_sent_at is None:
            return None
        return self.last_sent_at + (ASK_SILENT_AGAIN_MS if self.is_silent else ASK_AGAIN_MS)


@dataclass(slots=True)
class Microphones:
    """All devices of the stage in their order, and the presentation that they serve."""

    devices: dict[str, Device]
    scene: Scene | None = None
    outcomes: list[Outcome] = field(default_factory=list)


def wake_at(state: Microphones, now: int) -> int | None:
    """When `due` must be asked next (ms): at the limit, or to ask a silent device again."""
    again = (device.asks_again_at for device in state.devices.values())
    times = [at for at in again if at is not None]
    wanted = wish(state.scene, now)
    if state.scene is not None and wanted is not None and wanted.is_open:
        times += [state.scene.run.ends_at] if state.scene.run.ends_at > now else []
    return min(times, default=None)


def due(state: Microphones, now: int) -> list[Outcome]:
    """Say what must be asked of which device at a time (ms)."""
    wanted = _wanted(state, now)
    is_failing = False
    for device in state.devices.values():
        mine = _own(device, wanted, is_failing)
        if mine is not None and (device.wish is None or device.wish.is_open != mine.is_open):
            _want(device, mine)
        _ask_if_due(state, device, now)
        is_failing = is_failing or (not device.is_backup and device.is_silent)
    return _taken(state)


def read_back(state: Microphones, name: str, is_open: bool, now: int) -> list[Outcome]:
    """Take what a device says of itself, asked or by a hand at the desk.

    One that was opened by hand while it must be off is cut again, unless the settings leave that
    to the operator.
    """
    _wanted(state, now)
    device = state.devices[name]
    before, device.is_open = device.is_open, is_open
    was_lost, device.is_lost = device.is_lost, False
    if device.wish is None:
        _report(state, device, "answers")
    elif is_open == device.wish.is_open:
        _settle(state, device, now)
    elif device.is_settled:
        _differ(state, device, is_known=before is not None and not was_lost, now=now)
    elif was_lost:
        _ask(state, device, now)
    return _taken(state)


def lost(state: Microphones, name: str, now: int) -> list[Outcome]:
    """Note that a device vanished: when it is back it is put into the right state at once."""
    device = state.devices[name]
    device.is_open, device.is_lost = None, True
    if device.wish is not None and device.is_settled:
        device.is_settled = False
        device.last_sent_at = now
    _report(state, device, "silent")
    return _taken(state)


def _wanted(state: Microphones, now: int) -> Wish | None:
    wanted = wish(state.scene, now)
    if wanted is None:
        for device in state.devices.values():
            device.wish, device.is_settled = None, True
    return wanted


def _own(device: Device, wanted: Wish | None, is_failing: bool) -> Wish | None:
    if wanted is None or wanted.is_open or not device.is_backup:
        return wanted
    is_used = device.wish is not None and not device.wish.is_open
    return wanted if is_failing or is_used else None


def _want(device: Device, wanted: Wish) -> None:
    device.wish = wanted
    device.first_sent_at = device.last_sent_at = None
    device.attempts, device.is_settled, device.is_confirmed = 0, False, False


def _ask_if_due(state: Microphones, device: Device, now: int) -> None:
    again_at = device.asks_again_at
    if not device.is_settled and (again_at is None or now >= again_at):
        _ask(state, device, now)


def _ask(state: Microphones, device: Device, now: int) -> None:
    wanted = device.wish
    if wanted is None:
        return
    device.attempts += 1
    device.last_sent_at = now
    device.first_sent_at = device.first_sent_at or now
    state.outcomes.append(Order(device.name, wanted.is_open))
    if device.is_silent and device.said != "silent":
        _report(state, device, "silent")
    if device.is_silent and device.attempts in (1, ATTEMPTS_BEFORE_ALARM):
        _tell(state, device, wanted, None)


def _settle(state: Microphones, device: Device, now: int) -> None:
    if not device.is_settled and device.wish is not None:
        device.is_settled = True
        device.first_sent_at = device.first_sent_at or now
        if not device.is_confirmed:
            device.is_confirmed = True
            _tell(state, device, device.wish, now)
    _report(state, device, "answers")


def _differ(state: Microphones, device: Device, *, is_known: bool, now: int) -> None:
    if is_known:
        _report(state, device, "by_hand")
    if device.is_open and device.recut and device.wish is not None:
        _want(device, replace(device.wish, is_open=False, planned_at=now))
        _ask(state, device, now)


def _tell(state: Microphones, device: Device, wanted: Wish, at: int | None) -> None:
    sent_at = device.first_sent_at or 0
    state.outcomes.append(Deed(device.name, wanted, sent_at, at, device.attempts))


def _report(state: Microphones, device: Device, standing: DeviceState) -> None:
    if device.said != standing:
        device.said = standing
        state.outcomes.append(Report(device.name, standing, device.is_open))


def _taken(state: Microphones) -> list[Outcome]:
    outcomes, state.outcomes = state.outcomes, []
    return outcomes
