"""The settings of a stage controller: devices, triggers, where the log and the console are."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from agents.reducers.cues import CueName
from schemas.addresses import KafkaAddress

Mode = Literal["well", "silent", "gone"]


@dataclass(frozen=True, slots=True)
class ObsAddress:
    """OBS Studio, by obs-websocket: an audio input there."""

    url: str
    input: str
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class X32Address:
    """A Behringer X32 or Midas M32 mixer: a channel there."""

    host: str
    channel: int
    port: int = 10023  # on which it listens for OSC


@dataclass(frozen=True, slots=True)
class VmixAddress:
    """vMix: an input there, by its number, key or title."""

    url: str
    input: str


@dataclass(frozen=True, slots=True)
class HttpAddress:
    """Anything that takes signed requests at an address."""

    url: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SimulatedAddress:
    """No device at all: it does what it is told after a while, or fails as it is told."""

    delay_ms: int = 0
    mode: Mode = "well"


Address = ObsAddress | X32Address | VmixAddress | HttpAddress | SimulatedAddress


@dataclass(frozen=True, slots=True)
class DeviceConfig:
    """A device in its place in the list (see `agents.reducers.microphone.Device`)."""

    address: Address
    is_backup: bool = False
    recut: bool = True


@dataclass(frozen=True, slots=True)
class HttpTarget:
    """An address that is asked; with a secret it is signed as in Standard Webhooks."""

    url: str
    method: Literal["POST", "GET", "PUT"] = "POST"
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class OscTarget:
    """An OSC address that is sent some arguments by UDP."""

    host: str
    port: int
    address: str
    arguments: tuple[int | float | str, ...] = ()


@dataclass(frozen=True, slots=True)
class TriggerConfig:
    """What is told of which cues."""

    cues: frozenset[CueName]
    target: HttpTarget | OscTarget


@dataclass(frozen=True, slots=True)
class StageConfig:
    """Settings of the stage role.

    `work_dir` keeps what it must know after a restart.
    """

    kafka: KafkaAddress
    secret: bytes = field(repr=False)
    host: str
    port: int
    work_dir: Path
    console_url: str
    name: str = "stage"
    devices: dict[str, DeviceConfig] = field(default_factory=dict[str, DeviceConfig])
    triggers: dict[str, TriggerConfig] = field(default_factory=dict[str, TriggerConfig])
