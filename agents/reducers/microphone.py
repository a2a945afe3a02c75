"""What the microphones must do next; the stage controller runs it, on its own clock.

Every device is driven to the wanted state until it reads back: a repeated cut changes nothing, so
two controllers may run at once. A cut that is late is still a cut: it is sent at once and its
lateness recorded. Times are ms on the log's clock, given by the shell.
"""

from dataclasses import dataclass, field

from agents.reducers.session import Run

ASK_AGAIN_MS = 100
ATTEMPTS_BEFORE_ALARM = 5


@dataclass(frozen=True, slots=True)
class Order:
    """Ask a device to open or to cut, and to read back what it did."""

    device: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A device read back what was wanted; `planned_at` is when it should have been so."""

    device: str
    is_open: bool
    planned_at: int
    sent_at: int
    confirmed_at: int
    attempts: int


@dataclass(slots=True)
class Device:
    """One microphone: what it read back last, and what was asked of it since the last change."""

    name: str
    is_open: bool | None = None
    wanted: bool = False
    planned_at: int = 0
    first_sent_at: int | None = None
    last_sent_at: int | None = None
    attempts: int = 0
    is_settled: bool = True

    @property
    def is_alarming(self) -> bool:
        """Whether the operator must see it in red: asked again and again, and not confirmed."""
        return not self.is_settled and self.attempts >= ATTEMPTS_BEFORE_ALARM


@dataclass(slots=True)
class Microphones:
    """All devices of the stage, and the presentation they serve."""

    devices: dict[str, Device]
    run: Run | None = None
    recut: bool = True
    seen_by_hand: list[str] = field(default_factory=list)


def wake_at(state: Microphones, now: int) -> int | None:
    """When `due` must be asked next (ms): at the limit, or to ask a silent device again."""
    times = [
        device.last_sent_at + ASK_AGAIN_MS
        for device in state.devices.values()
        if not device.is_settled and device.last_sent_at is not None
    ]
    run = state.run
    if run is not None and run.is_microphone_open(now) and run.ordered_open is None:
        times.append(run.ends_at)
    return min(times, default=None)


def due(state: Microphones, now: int) -> list[Order]:
    """Say what must be asked of which device at a time (ms)."""
    wanted = state.run is not None and state.run.is_microphone_open(now)
    for device in state.devices.values():
        if device.wanted != wanted:
            _want(device, wanted, _planned_at(state.run, wanted, now))
    return [_ask(device, now) for device in state.devices.values() if _is_due(device, now)]


def read_back(state: Microphones, name: str, is_open: bool, now: int) -> Confirmed | None:
    """Take what a device says of itself, asked or by a hand at the desk.

    A microphone that somebody changed at the desk is noted in `seen_by_hand`; one that was opened
    so while it must be off is cut again, unless the settings leave that to the operator.
    """
    device = state.devices[name]
    before, device.is_open = device.is_open, is_open
    if not device.is_settled:
        return _settle(device, now) if is_open == device.wanted else None
    if before is not None and before != is_open:
        state.seen_by_hand.append(name)
    if is_open and not device.wanted and state.recut:
        _want(device, False, now)
    return None


def lost(state: Microphones, name: str, now: int) -> None:
    """Note that a device vanished: when it is back it is put into the right state at once."""
    device = state.devices[name]
    device.is_open = None
    _want(device, device.wanted, device.planned_at or now)


def _planned_at(run: Run | None, wanted: bool, now: int) -> int:
    if run is not None and not wanted and run.ordered_open is None and run.paused_at is None:
        return min(run.ends_at, now)
    return now


def _want(device: Device, wanted: bool, planned_at: int) -> None:
    device.wanted, device.planned_at = wanted, planned_at
    device.first_sent_at = device.last_sent_at = None
    device.attempts, device.is_settled = 0, False


def _is_due(device: Device, now: int) -> bool:
    if device.is_settled:
        return False
    return device.last_sent_at is None or now >= device.last_sent_at + ASK_AGAIN_MS


def _ask(device: Device, now: int) -> Order:
    device.attempts += 1
    device.last_sent_at = now
    device.first_sent_at = device.first_sent_at or now
    return Order(device.name, device.wanted)


def _settle(device: Device, now: int) -> Confirmed:
    device.is_settled = True
    return Confirmed(
        device=device.name,
        is_open=device.wanted,
        planned_at=device.planned_at,
        sent_at=device.first_sent_at or now,
        confirmed_at=now,
        attempts=device.attempts,
    )
