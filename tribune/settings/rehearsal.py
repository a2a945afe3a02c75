"""Settings for a rehearsal: a log, an archive, a secret and devices that are not the real ones."""

from msgspec.structs import replace

from tribune.settings.shape import Device, Kafka, Secrets, Settings, SimulatedDevice

FOLDER = "rehearsal"
# Both within what OBS was measured to take (3 ms, at most 51), and unlike each other
DEVICES: dict[str, Device] = {
    "hall": SimulatedDevice(delay_ms=5),
    "air": SimulatedDevice(delay_ms=30),
}


def as_played(settings: Settings) -> Settings:
    """The settings as they count: those of a rehearsal, or without real devices, if they say so."""
    if settings.rehearsal:
        return rehearsed(settings)
    return simulated(settings) if settings.simulated else settings


def rehearsed(settings: Settings) -> Settings:
    """Everything of its own: embedded servers, data and secret; nothing leads to the real ones.

    The secret is made in the rehearsal's own folder. It must be another one: a reveal publishes
    its group's key, and the real group of the same name would have the same.
    """
    return replace(
        simulated(settings),
        data=settings.data / FOLDER,
        kafka=Kafka(prefix=settings.kafka.prefix, instance=settings.kafka.instance),
        clickhouse=None,
        secrets=Secrets(),
        listen=replace(settings.listen, console="", stages=[]),
    )


def simulated(settings: Settings) -> Settings:
    """The same without any real device, and nobody is told of cues."""
    devices = {name: _stand_in(device) for name, device in settings.stage.items()}
    return replace(settings, stage=devices or DEVICES, triggers={})


def _stand_in(device: Device) -> Device:
    if isinstance(device, SimulatedDevice):
        return device
    return SimulatedDevice(backup=device.backup, recut=device.recut)
