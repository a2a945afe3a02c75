"""Triggers: what the hall's other devices are told, by HTTP and by OSC."""

import asyncio
import base64
import socket
from pathlib import Path
from typing import Any

from aiohttp import web

from schemas.addresses import KafkaAddress
from schemas.scores import RowRevealed
from schemas.sessions import PresentationStarted
from streams.stage.links import osc
from tests.support.hooks import SignedHook, answering
from tests.support.stage import evening_on, now_ms, running_stage

SECRET = "whsec_" + base64.b64encode(b"a secret between stage and lights").decode()
CUES = ["start", "warning", "danger", "cut", "pause", "finish", "load", "reveal"]


def settings(url: str, osc_port: int) -> str:
    return (
        f'[triggers.lights]\ntype = "http"\non = {CUES}\nurl = "{url}/cue"\nsecret = "{SECRET}"\n'
        f'[triggers.button]\ntype = "http"\non = ["cut"]\nurl = "{url}/cue"\nmethod = "GET"\n'
        f'[triggers.desk]\ntype = "osc"\non = ["cut"]\nhost = "127.0.0.1"\nport = {osc_port}\n'
        f'address = "/cue/5"\narguments = [1, 0.5, "off"]\n'
    )


def started(seconds: float) -> PresentationStarted:
    """A presentation whose warning is half a second before the danger of its last three."""
    at = now_ms()
    ends_at = at + round(seconds * 1_000)
    return PresentationStarted(
        at=at,
        id="go",
        broadcast="county",
        slot="s1",
        started_at=at,
        warn_at=ends_at - 3_500,
        ends_at=ends_at,
        allotted_ms=ends_at - at,
        warning_ms=3_500,
        group="heads",
    )


async def test_every_cue_of_a_presentation_is_told_once_in_its_order(
    log: KafkaAddress, tmp_path: Path
) -> None:
    hook, pressed = SignedHook(SECRET), list[str]()

    async def answer(request: web.Request) -> web.Response:
        if request.method == "GET":
            pressed.append(request.path)
            return web.Response()
        return await hook.answer(request)

    def cues() -> list[str]:
        return [told["cue"] for told in hook.seen]

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as desk:
        desk.bind(("127.0.0.1", 0))
        desk.settimeout(30)
        async with answering("/cue", answer) as url, evening_on(log) as evening:
            wanted = settings(url, desk.getsockname()[1])
            with running_stage(tmp_path, log, wanted):
                fact = started(4.5)
                evening.say(fact)
                await evening.write()
                message = await asyncio.to_thread(desk.recv, 1_024)
                evening.press("finish_presentation", now_ms())
                evening.score(RowRevealed(at=now_ms(), broadcast="county", group="heads", rows=1))
                await evening.write()
                async with asyncio.timeout(20):
                    while len(cues()) < 7:
                        await asyncio.sleep(0.02)
    assert osc.decode(message) == ("/cue/5", [1, 0.5, "off"])
    assert cues()[:4] == ["start", "warning", "danger", "cut"]
    assert sorted(cues()[4:]) == ["finish", "load", "reveal"]
    assert pressed == ["/cue"]
    told: dict[str, Any] = {each["cue"]: each for each in hook.seen}
    assert told["start"]["id"] == "go:start"
    assert told["load"]["slot"] == "s2"
    assert told["reveal"]["group"] == "heads"
    for cue, at in (
        ("warning", fact.warn_at),
        ("danger", fact.ends_at - 3_000),
        ("cut", fact.ends_at),
    ):
        assert 0 <= told[cue]["at"] - at < 100, cue


async def test_a_trigger_that_fails_delays_no_other(log: KafkaAddress, tmp_path: Path) -> None:
    hook = SignedHook(SECRET)
    async with answering("/cue", hook.answer) as url, evening_on(log) as evening:
        broken = '[triggers.broken]\ntype = "http"\non = ["start"]\nurl = "http://127.0.0.1:9/"\n'
        with running_stage(tmp_path, log, broken + settings(url, 9)) as stage:
            evening.say(started(300))
            await evening.write()
            async with asyncio.timeout(20):
                while not hook.seen or "the trigger broken" not in stage.log():
                    await asyncio.sleep(0.02)
    assert [told["cue"] for told in hook.seen] == ["start"]
