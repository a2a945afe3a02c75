"""Triggers: what the hall's other devices are told, by HTTP and by OSC."""

import asyncio
import base64
import socket
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from schemas.addresses import KafkaAddress
from schemas.scores import GroupClosed, RowRevealed
from schemas.sessions import PresentationStarted, TriggerFired, TriggerTaken
from streams.log.kafka import KafkaLog
from streams.log.topics import ensure_topics
from streams.stage.links import osc
from tests.support.broker import process_of
from tests.support.hooks import SignedHook, answering
from tests.support.stage import (
    StageProcess,
    evening_on,
    now_ms,
    running_stage,
    told,
    until_told,
)

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
        return [each["cue"] for each in hook.seen]

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
                evening.score(GroupClosed(at=now_ms(), broadcast="county", group="heads"))
                evening.score(RowRevealed(at=now_ms(), broadcast="county", group="heads", rows=1))
                await evening.write()
                async with asyncio.timeout(20):
                    while len(cues()) < 7:
                        await asyncio.sleep(0.02)
    assert osc.decode(message) == ("/cue/5", [1, 0.5, "off"])
    assert cues()[:4] == ["start", "warning", "danger", "cut"]
    assert sorted(cues()[4:]) == ["finish", "load", "reveal"]
    assert pressed == ["/cue"]
    given: dict[str, Any] = {each["cue"]: each for each in hook.seen}
    assert given["start"]["id"] == "go:start"
    assert given["load"]["slot"] == "s2"
    assert given["reveal"]["group"] == "heads"
    for cue, at in (
        ("warning", fact.warn_at),
        ("danger", fact.ends_at - 3_000),
        ("cut", fact.ends_at),
    ):
        assert 0 <= given[cue]["at"] - at < 100, cue


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
    assert [each["cue"] for each in hook.seen] == ["start"]


async def until_seen(hook: SignedHook, count: int) -> None:
    async with asyncio.timeout(30):
        while len(hook.seen) < count:
            await asyncio.sleep(0.02)


async def holder(log: KafkaAddress, stages: list[StageProcess]) -> StageProcess:
    """Which of some controllers gave the last cue, as the log has it."""
    name = (await until_told(log, TriggerFired))[-1].controller
    [found] = [stage for stage in stages if name.endswith(f":{stage.port}")]
    return found


@pytest.mark.chaos
@pytest.mark.timeout(300)
@pytest.mark.parametrize("is_killed", [False, True], ids=["both stay", "one is killed"])
async def test_two_controllers_give_every_cue_once_also_when_the_one_that_gives_them_is_killed(
    log: KafkaAddress, tmp_path: Path, is_killed: bool
) -> None:
    hook = SignedHook(SECRET)
    wanted = f'[triggers.lights]\ntype = "http"\non = {CUES[:6]}\nsecret = "{SECRET}"\n'
    async with answering("/cue", hook.answer) as url, evening_on(log) as evening:
        wanted += f'url = "{url}/cue"\n'
        with (
            running_stage(tmp_path / "a", log, wanted) as first,
            running_stage(tmp_path / "b", log, wanted) as second,
        ):
            evening.say(started(6.5))
            await evening.write()
            await until_seen(hook, 1)
            giver = await holder(log, [first, second])
            if is_killed:
                giver.kill()
            await until_seen(hook, 4)
            evening.press("finish_presentation", now_ms())
            await evening.write()
            await until_seen(hook, 5)
            facts = await until_told(log, TriggerFired, 5)
            taken = await told(log, TriggerTaken)
    ids = [each["id"] for each in hook.seen]
    assert [each["cue"] for each in hook.seen] == ["start", "warning", "danger", "cut", "finish"]
    assert [fact.cue for fact in facts] == ids
    assert len({fact.controller for fact in facts}) == 1 + is_killed
    assert [fact.cue for fact in taken] in ([ids[0]] * n + ids[1 : 1 + is_killed] for n in (1, 2))


@pytest.mark.chaos
async def test_without_the_log_the_cues_are_given_once_by_the_controller_that_gave_the_last(
    own_broker: KafkaAddress, tmp_path: Path
) -> None:
    hook = SignedHook(SECRET)
    await ensure_topics(KafkaLog(own_broker))
    wanted = f'[triggers.lights]\ntype = "http"\non = {CUES[:6]}\nsecret = "{SECRET}"\n'
    async with answering("/cue", hook.answer) as url:
        wanted += f'url = "{url}/cue"\n'
        with (
            running_stage(tmp_path / "a", own_broker, wanted),
            running_stage(tmp_path / "b", own_broker, wanted),
        ):
            async with evening_on(own_broker) as evening:
                fact = started(8)
                evening.say(fact)
                await evening.write()
                await until_seen(hook, 1)
                await until_told(own_broker, TriggerFired)
            process_of(own_broker).kill()
            await asyncio.sleep(fact.ends_at / 1_000 + 2.5 - now_ms() / 1_000)
    assert [each["cue"] for each in hook.seen] == ["start", "warning", "danger", "cut"]
