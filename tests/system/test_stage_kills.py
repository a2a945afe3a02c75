"""Stage controllers that are killed, and two at once."""

import asyncio
import time
from pathlib import Path

import pytest

from schemas.addresses import KafkaAddress
from schemas.sessions import MicrophoneCut, MicrophoneOpened
from streams.log.kafka import KafkaLog
from streams.log.topics import ensure_topics
from tests.support.broker import process_of
from tests.support.stage import evening_on, now_ms, running_stage, told, until_told
from tests.support.x32 import X32Mixer

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]

LEFT_MS = 8_000
BEFORE_THE_END_S = 3.0


def hall(mixer: X32Mixer) -> str:
    return f'[stage.hall]\ntype = "x32"\nhost = "127.0.0.1"\nport = {mixer.port}\nchannel = 1\n'


async def presentation(log: KafkaAddress, mixer: X32Mixer) -> int:
    """Start a presentation of some seconds; when it ends."""
    async with evening_on(log) as evening:
        evening.press("start_presentation", now_ms())
        fact = evening.press("add_time", now_ms(), added_ms=LEFT_MS - 300_000)
        await evening.write()
        await asyncio.to_thread(mixer.await_action, True)
    await until_told(log, MicrophoneOpened)
    return fact.ends_at


async def before(ends_at: int) -> None:
    await asyncio.sleep(ends_at / 1_000 - BEFORE_THE_END_S - time.time())


async def test_of_two_controllers_one_is_killed_before_the_end_and_the_cut_is_on_time(
    log: KafkaAddress, tmp_path: Path
) -> None:
    with X32Mixer() as mixer, running_stage(tmp_path / "b", log, hall(mixer)):
        with running_stage(tmp_path / "a", log, hall(mixer)) as first:
            ends_at = await presentation(log, mixer)
            await before(ends_at)
            first.kill()
            await asyncio.to_thread(mixer.await_action, False)
        [fact] = await until_told(log, MicrophoneCut)
    assert fact.planned_at == ends_at
    assert 0 <= fact.confirmed_at - ends_at <= 100


async def test_two_controllers_do_the_same_deeds_and_their_facts_have_the_same_names(
    log: KafkaAddress, tmp_path: Path
) -> None:
    with (
        X32Mixer() as mixer,
        running_stage(tmp_path / "a", log, hall(mixer)),
        running_stage(tmp_path / "b", log, hall(mixer)),
    ):
        ends_at = await presentation(log, mixer)
        cuts = await until_told(log, MicrophoneCut, 2)
        opened = await told(log, MicrophoneOpened)
    assert len({fact.id for fact in opened}) == len({fact.id for fact in cuts}) == 1
    assert len({fact.by for fact in cuts}) == 2
    assert [action.is_on for action in mixer.actions] == [True, True, False, False]
    assert all(action.at_ms >= ends_at for action in mixer.actions[2:])


async def test_the_only_controller_is_killed_and_goes_on_with_its_deadline(
    log: KafkaAddress, tmp_path: Path
) -> None:
    with X32Mixer() as mixer:
        with running_stage(tmp_path, log, hall(mixer)) as stage:
            ends_at = await presentation(log, mixer)
            await before(ends_at)
            stage.kill()
        with running_stage(tmp_path, log, hall(mixer), ready=False):
            cut = await asyncio.to_thread(mixer.await_action, False)
            [fact] = await until_told(log, MicrophoneCut)
    assert 0 <= cut.at_ms - ends_at <= 100
    assert fact.planned_at == ends_at


async def test_one_that_was_dead_at_the_end_cuts_when_it_is_back_though_the_log_is_not(
    own_broker: KafkaAddress, tmp_path: Path
) -> None:
    await ensure_topics(KafkaLog(own_broker))
    with X32Mixer() as mixer:
        with running_stage(tmp_path, own_broker, hall(mixer)) as stage:
            ends_at = await presentation(own_broker, mixer)
            stage.kill()
        process_of(own_broker).kill()
        await asyncio.sleep(max(0.0, ends_at / 1_000 + 0.5 - time.time()))
        started = now_ms()
        with running_stage(tmp_path, own_broker, hall(mixer), ready=False) as stage:
            cut = await asyncio.to_thread(mixer.await_action, False)
            health = stage.await_health(lambda found: found["devices"]["hall"]["is_confirmed"])
            assert health["owed"] > 0
    assert cut.at_ms - started < 3_000
