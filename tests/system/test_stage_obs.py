"""`tribune stage` with the real OBS Studio."""

import asyncio
from pathlib import Path

import pytest

from schemas.addresses import KafkaAddress
from schemas.sessions import DeviceReported, MicrophoneCut, MicrophoneOpened
from tests.support.obs import INPUT, PASSWORD, needs_obs, real_obs
from tests.support.stage import evening_on, now_ms, running_stage, until_told

pytestmark = [needs_obs, pytest.mark.timeout(240), pytest.mark.realtime]


async def test_obs_is_opened_and_cut_on_time_and_put_right_when_it_comes_back_open(
    log: KafkaAddress, tmp_path: Path
) -> None:
    (tmp_path / "obs").mkdir()
    with real_obs(tmp_path / "obs") as obs:
        air = f'[stage.air]\ntype = "obs"\nurl = "{obs.url}"\ninput = "{INPUT}"\n'
        air += f'password = "{PASSWORD}"\n'
        with running_stage(tmp_path, log, air) as stage:
            async with evening_on(log) as evening:
                evening.press("start_presentation", now_ms())
                take = evening.press("add_time", now_ms(), added_ms=-296_000)
                await evening.write()
            [opened] = await until_told(log, MicrophoneOpened)
            [fact] = await until_told(log, MicrophoneCut)
            assert opened.confirmed_at < take.ends_at <= fact.sent_at
            assert fact.planned_at == take.ends_at
            assert fact.confirmed_at - take.ends_at < 250
            assert fact.attempts <= 2
            await asyncio.to_thread(obs.kill)
            stage.await_health(lambda found: found["devices"]["air"]["is_silent"])
            await asyncio.to_thread(obs.start)
            found = stage.await_health(lambda found: found["devices"]["air"]["is_confirmed"])
            assert found["devices"]["air"]["is_open"] is False
    reports = await until_told(log, DeviceReported, 3)
    assert [report.state for report in reports] == ["answers", "silent", "answers"]
