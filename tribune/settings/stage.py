"""From the settings to what the stage controller is told of its devices and triggers."""

from streams.stage.config import (
    Address,
    DeviceConfig,
    HttpAddress,
    HttpTarget,
    ObsAddress,
    OscTarget,
    SimulatedAddress,
    TriggerConfig,
    VmixAddress,
    X32Address,
)
from tribune.settings.shape import (
    Device,
    HttpDevice,
    HttpTrigger,
    ObsDevice,
    OscTrigger,
    Settings,
    SimulatedDevice,
    Trigger,
    VmixDevice,
    X32Device,
)


def stage_devices(settings: Settings) -> dict[str, DeviceConfig]:
    """The devices in their order."""
    return {
        name: DeviceConfig(_address(device), is_backup=device.backup, recut=device.recut)
        for name, device in settings.stage.items()
    }


def stage_triggers(settings: Settings) -> dict[str, TriggerConfig]:
    """Who is told of which cues."""
    return {
        name: TriggerConfig(frozenset(trigger.on), _target(trigger))
        for name, trigger in settings.triggers.items()
    }


def _address(device: Device) -> Address:
    match device:
        case ObsDevice():
            return ObsAddress(device.url, device.input, device.password)
        case X32Device():
            return X32Address(device.host, device.channel, device.port)
        case VmixDevice():
            return VmixAddress(device.url, device.input)
        case HttpDevice():
            return HttpAddress(device.url, device.secret)
        case SimulatedDevice():
            return SimulatedAddress(device.delay_ms, device.mode)


def _target(trigger: Trigger) -> HttpTarget | OscTarget:
    match trigger:
        case HttpTrigger():
            return HttpTarget(trigger.url, trigger.method, trigger.secret)
        case OscTrigger():
            arguments = tuple(trigger.arguments)
            return OscTarget(trigger.host, trigger.port, trigger.address, arguments)
