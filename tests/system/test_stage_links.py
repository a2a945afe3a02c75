"""The ways to the devices: the real OBS, and others as their published protocols say."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.udp_client import SimpleUDPClient

from streams.stage.config import (
    Address,
    HttpAddress,
    ObsAddress,
    SimulatedAddress,
    VmixAddress,
    X32Address,
)
from streams.stage.links import osc
from streams.stage.links.link import Link, Unreachable
from streams.stage.links.obs import Obs
from streams.stage.links.open import link_to
from streams.stage.links.simulated import Simulated
from tests.support.hooks import SignedHook, VmixMixer, answering
from tests.support.obs import INPUT, PASSWORD, needs_obs, real_obs
from tests.support.ports import free_port
from tests.support.x32 import X32Mixer
from tribune.doctor.doctor import examine
from tribune.settings.shape import ObsDevice, Settings, X32Device

SECRET = "whsec_" + base64.b64encode(b"a secret between stage and hook").decode()


class Ear:
    """What a link said so far."""

    def __init__(self, link: Link) -> None:
        self.link, self.said = link, list[bool | None]()
        self._news = asyncio.Event()

    def hear(self, is_open: bool | None) -> None:
        self.said.append(is_open)
        self._news.set()

    async def until(self, is_open: bool | None) -> None:
        """Wait until it says this, or has said it last."""
        async with asyncio.timeout(30):
            while not self.said or self.said[-1] is not is_open:
                self._news.clear()
                await self._news.wait()

    async def until_problem(self, words: str) -> None:
        async with asyncio.timeout(30):
            while words not in (self.link.problem or ""):
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def listening(address: Address) -> AsyncIterator[Ear]:
    ear = Ear(link_to(address))
    task = asyncio.create_task(ear.link.run(ear.hear))
    try:
        yield ear
    finally:
        task.cancel()
        await asyncio.wait([task])


async def drive(ear: Ear) -> None:
    """Open and cut it, and hear it confirmed each time.

    It is asked again until it confirms, as the controller does: OBS is deaf for a moment after its
    start.
    """
    for is_open in (True, False, True, False):
        await ear.link.order(is_open)
        async with asyncio.timeout(30):
            while ear.said[-1] is not is_open:
                with suppress(TimeoutError):
                    async with asyncio.timeout(1):
                        await ear.until(is_open)
                        break
                await ear.link.order(is_open)
    assert ear.link.problem is None


@needs_obs
@pytest.mark.timeout(240)
async def test_obs_opens_cuts_and_reads_back_and_a_hand_at_the_desk_is_seen(
    tmp_path: Path,
) -> None:
    with real_obs(tmp_path) as obs:
        address = ObsAddress(obs.url, INPUT, PASSWORD)
        async with listening(address) as ear, listening(address) as other:
            await asyncio.gather(ear.until(True), other.until(True))
            await drive(ear)
            await other.until(False)
            await other.link.order(True)
            await ear.until(True)
        async with listening(ObsAddress(obs.url, "Nobody", PASSWORD)) as ear:
            await ear.until_problem("has no input called 'Nobody'")
        async with listening(ObsAddress(obs.url, INPUT, "wrong")) as ear:
            await ear.until_problem("refuses the password")


@needs_obs
@pytest.mark.timeout(240)
async def test_an_obs_that_is_killed_and_comes_back_is_found_again(tmp_path: Path) -> None:
    with real_obs(tmp_path) as obs:
        async with listening(ObsAddress(obs.url, INPUT, PASSWORD)) as ear:
            await ear.until(True)
            await asyncio.to_thread(obs.kill)
            await ear.until(None)
            with pytest.raises(Unreachable):
                await ear.link.order(False)
            await asyncio.to_thread(obs.start)
            await ear.until(True)
            await drive(ear)


async def test_an_obs_that_is_not_there_is_named_with_its_address() -> None:
    url = f"ws://127.0.0.1:{free_port()}"
    async with listening(ObsAddress(url, INPUT)) as ear:
        await ear.until_problem(f"does not answer at {url}")
        assert isinstance(ear.link, Obs)


async def test_the_x32_opens_cuts_and_reads_back_and_a_hand_at_the_desk_is_seen() -> None:
    with X32Mixer() as mixer:
        async with listening(X32Address("127.0.0.1", 7, mixer.port)) as ear:
            await ear.until(False)
            await drive(ear)
            assert mixer.actions[0].path == "/ch/07/mix/on"
            mixer.press(7, True)
            await ear.until(True)


async def test_a_foreign_osc_client_and_the_stage_see_each_others_deeds_at_the_mixer() -> None:
    with X32Mixer() as mixer:
        async with listening(X32Address("127.0.0.1", 7, mixer.port)) as ear:
            await ear.until(False)
            with SimpleUDPClient("127.0.0.1", mixer.port) as foreign:
                foreign.send_message("/ch/07/mix/on", 1)
                await ear.until(True)
                await drive(ear)
                foreign.send_message("/ch/07/mix/on", [])
                answer = next(foreign.get_messages(timeout=5))
    assert (answer.address, answer.params) == ("/ch/07/mix/on", [0])


@pytest.mark.parametrize("arguments", [[], [1], [0, 0.5, "off"]])
def test_what_we_write_in_osc_is_what_the_foreign_library_writes(arguments: list[Any]) -> None:
    builder = OscMessageBuilder(address="/cue/12/go")
    for argument in arguments:
        builder.add_arg(argument)
    theirs = builder.build().dgram
    assert osc.decode(theirs) == ("/cue/12/go", arguments)
    assert OscMessage(osc.encode("/cue/12/go", *arguments)).params == arguments
    if arguments:
        assert osc.encode("/cue/12/go", *arguments) == theirs


async def test_an_x32_that_vanishes_and_comes_back_is_found_again() -> None:
    with X32Mixer() as mixer:
        async with listening(X32Address("127.0.0.1", 7, mixer.port)) as ear:
            await ear.until(False)
            mixer.is_mute = True
            await ear.until(None)
            assert "does not answer" in (ear.link.problem or "")
            mixer.is_mute = False
            await ear.until(False)


@pytest.mark.parametrize("name", ["Speech & Co", "k1", "1"])
async def test_vmix_opens_cuts_and_reads_back(name: str) -> None:
    mixer = VmixMixer()
    async with answering("/api/", mixer.answer) as url, listening(VmixAddress(url, name)) as ear:
        await ear.until(False)
        await drive(ear)
        mixer.muted["Speech & Co"] = False
        await ear.until(True)
    assert set(mixer.calls) == {"AudioOn", "AudioOff"}
    assert mixer.muted["Film"] is False


async def test_a_vmix_without_the_input_is_said() -> None:
    mixer = VmixMixer()
    async with (
        answering("/api/", mixer.answer) as url,
        listening(VmixAddress(url, "Nobody")) as ear,
    ):
        await ear.until_problem("has no input 'Nobody'")


async def test_a_hook_that_checks_with_the_standards_own_library_takes_what_is_signed() -> None:
    hook = SignedHook(SECRET)
    async with (
        answering("/mic", hook.answer) as url,
        listening(HttpAddress(f"{url}/mic", SECRET)) as ear,
    ):
        await ear.until(False)
        await drive(ear)
        hook.is_open = True
        await ear.until(True)
    assert {each["type"] for each in hook.seen} == {"microphone.get", "microphone.set"}


async def test_a_hook_that_is_away_or_says_nothing_useful_is_named() -> None:
    async def useless(_: web.Request) -> web.Response:
        return web.json_response({"open": "yes"})

    async with (
        answering("/mic", useless) as url,
        listening(HttpAddress(f"{url}/mic", SECRET)) as ear,
    ):
        await ear.until_problem("does not answer is_open")
    async with listening(HttpAddress(f"{url}/mic", SECRET)) as ear:
        await ear.until(None)
        with pytest.raises(Unreachable):
            await ear.link.order(False)


async def test_a_simulated_device_behaves_as_it_is_told() -> None:
    async with listening(SimulatedAddress(delay_ms=5)) as ear:
        link = ear.link
        assert isinstance(link, Simulated)
        await ear.until(False)
        await drive(ear)
        link.behave("silent")
        before = len(ear.said)
        await link.order(True)
        assert len(ear.said) == before
        link.behave("gone")
        assert ear.said[-1] is None
        with pytest.raises(Unreachable):
            await link.order(True)
        link.behave("well", is_open=True)
        assert ear.said[-1] is True


def test_the_doctor_says_which_devices_answer(tmp_path: Path) -> None:
    with X32Mixer() as mixer:
        settings = Settings(
            data=tmp_path,
            stage={
                "hall": X32Device("127.0.0.1", 1, mixer.port),
                "desk": ObsDevice(f"ws://127.0.0.1:{free_port()}", INPUT),
            },
        )
        found = {str(each) for each in examine(settings) if "devices" in each.text}
    assert "ok    devices: hall (x32) answers; it is off now" in found
    [failed] = [each for each in found if each.startswith("FAIL")]
    assert "desk (obs) does not answer at ws://" in failed
    assert failed.endswith("; see [stage.desk]")
