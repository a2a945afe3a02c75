"""Which way leads to which kind of device."""

from streams.stage.config import (
    Address,
    HttpAddress,
    ObsAddress,
    SimulatedAddress,
    VmixAddress,
    X32Address,
)
from streams.stage.links.link import Link


def link_to(address: Address) -> Link:
    """The way to a device; nothing is connected yet."""
    # ruff: noqa: PLC0415 - a kind of device is loaded when there is one
    match address:
        case ObsAddress():
            from streams.stage.links.obs import Obs

            return Obs(address)
        case X32Address():
            from streams.stage.links.x32 import X32

            return X32(address)
        case VmixAddress():
            from streams.stage.links.polled import Polled
            from streams.stage.links.vmix import Vmix

            return Polled(Vmix(address))
        case HttpAddress():
            from streams.stage.links.http import Http
            from streams.stage.links.polled import Polled

            return Polled(Http(address))
        case SimulatedAddress():
            from streams.stage.links.simulated import Simulated

            return Simulated(address)
