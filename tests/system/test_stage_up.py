"""The stage under `tribune up`: it serves on while the embedded broker dies and is refilled."""

import asyncio
from pathlib import Path

import pytest

from schemas.addresses import KafkaAddress
from schemas.sessions import MicrophoneCut, PresentationStarted
from tests.support.stage import evening_on, now_ms, until_told
from tests.support.system import running_system
from tests.support.x32 import X32Mixer


@pytest.mark.timeout(240)
async def test_the_embedded_broker_may_die_and_the_cut_is_on_time_and_told_afterwards(
    tmp_path: Path,
) -> None:
    with X32Mixer() as mixer:
        device = f'type = "x32"\nhost = "127.0.0.1"\nport = {mixer.port}\nchannel = 1'
        with running_system(tmp_path, **{"stage.hall": device}) as system:
            kafka = KafkaAddress(f"127.0.0.1:{system.ports['broker']}", embedded=True)
            stage = system.pid("stage")
            async with evening_on(kafka) as evening:
                evening.press("start_presentation", now_ms())
                take = evening.press("add_time", now_ms(), added_ms=-296_000)
                await evening.write()
                await asyncio.to_thread(mixer.await_action, True)
                await asyncio.sleep(1)  # what is archived comes back
            system.kill("broker")
            cut = await asyncio.to_thread(mixer.await_action, False)
            assert 0 <= cut.at_ms - take.ends_at < 100
            await asyncio.to_thread(system.await_ready)
            [fact] = await until_told(kafka, MicrophoneCut)
            assert fact.planned_at == take.ends_at
            assert {each.slot for each in await until_told(kafka, PresentationStarted)} == {"s1"}
            assert system.pid("stage") == stage
