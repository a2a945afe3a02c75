"""For the doctor: asks each device of the stage how it stands, and changes nothing."""

import asyncio
from dataclasses import dataclass

from streams.stage.config import DeviceConfig
from streams.stage.links.open import link_to

# Above what a device may take to connect (2 s, streams/stage/links)
ANSWER_WITHIN_S = 3.0


@dataclass(frozen=True, slots=True)
class DeviceFound:
    """A device's answer: open, off, or None with what is wrong."""

    name: str
    is_open: bool | None
    problem: str | None


async def find_devices(devices: dict[str, DeviceConfig]) -> list[DeviceFound]:
    """Ask all at once, in their order."""
    asked = (_find(name, device) for name, device in devices.items())
    return await asyncio.gather(*asked)


async def _find(name: str, device: DeviceConfig) -> DeviceFound:
    link = link_to(device.address)
    heard: asyncio.Queue[bool | None] = asyncio.Queue()
    task = asyncio.create_task(link.run(heard.put_nowait))
    is_open = None
    try:
        async with asyncio.timeout(ANSWER_WITHIN_S):
            while (is_open := await heard.get()) is None:
                pass
    except TimeoutError:
        pass
    finally:
        task.cancel()
        await asyncio.wait([task])
    return DeviceFound(name, is_open, None if is_open is not None else link.problem)
