"""What an evening is aimed at, when its seed alone is not to choose."""

from dataclasses import dataclass
from typing import Literal

from schemas.sessions import CommandName
from tests.sim.roles.group import Sloppiness
from tests.sim.weather import Weather

Plot = Literal["votes", "stage", "marks", "all"]
PLOTS: tuple[Plot, ...] = ("votes", "stage", "marks", "all")
Deed = Literal[
    "kill",
    "freeze",
    "part",
    "take_broker_away",
    "set_clock",
    "tear",
    "forget",
    "change_weather",
    "break_device",
    "touch_device",
    "take_clickhouse_away",
]


@dataclass(frozen=True, slots=True)
class Aim:
    """Whom an evening is about, and what the adversary does to whom; None is the seed's choice.

    `at` is the kind of role that is hit, `often_s` how long the adversary rests, `frozen_s` how
    long it stops a process, `closed_s` how long a wavering operator keeps the round closed,
    `keys` what is pressed at the desks. In an
    interlude all workers are dead while a few citizens vote, and then nobody does.
    """

    plot: Plot | None = None
    workers: int | None = None
    stages: int | None = None
    has_push: bool | None = None
    deeds: tuple[Deed, ...] | None = None
    at: str | None = None
    often_s: float | None = None
    frozen_s: tuple[float, ...] = (0.3, 2.5, 9.0)
    closed_s: tuple[float, ...] = (0.1, 1.0, 1.8, 4.0)
    wavers: bool | None = None
    keys: tuple[CommandName, ...] | None = None
    has_interlude: bool | None = None
    weather: Weather | None = None
    sloppiness: Sloppiness | None = None


NOWHERE = Aim()
