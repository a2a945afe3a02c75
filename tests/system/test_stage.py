"""`tribune stage` with a mixer that speaks the X32's protocol."""

import asyncio
from pathlib import Path

from schemas.addresses import KafkaAddress
from schemas.sessions import DeviceReported, MicrophoneCut, MicrophoneOpened
from tests.support.stage import evening_on, now_ms, running_stage, told, until_told
from tests.support.x32 import X32Mixer


def hall(mixer: X32Mixer) -> str:
    return f'[stage.hall]\ntype = "x32"\nhost = "127.0.0.1"\nport = {mixer.port}\nchannel = 1\n'


def is_settled(found: dict) -> bool:
    return all(device["is_confirmed"] for device in found["devices"].values())


async def test_a_microphone_opens_with_go_and_is_cut_at_the_limit_and_both_are_told(
    log: KafkaAddress, tmp_path: Path
) -> None:
    with X32Mixer() as mixer, running_stage(tmp_path, log, hall(mixer)):
        async with evening_on(log) as evening:
            [started] = [evening.press("start_presentation", now_ms())]
            await evening.write()
            await asyncio.to_thread(mixer.await_action, True)
            take = evening.press("add_time", now_ms(), added_ms=-298_000)
            await evening.write()
            cut = await asyncio.to_thread(mixer.await_action, False)
            assert 0 <= cut.at_ms - take.ends_at < 100
            [opened] = await until_told(log, MicrophoneOpened)
            [fact] = await until_told(log, MicrophoneCut)
    assert (opened.id, opened.slot) == (f"{started.id}:hall:open:{started.at}", "s1")
    assert fact.id == f"{take.id}:hall:cut:{take.ends_at}"
    assert (fact.planned_at, fact.device, fact.attempts) == (take.ends_at, "hall", 1)
    assert take.ends_at <= fact.sent_at <= fact.confirmed_at <= take.ends_at + 200
    [report] = await told(log, DeviceReported)
    assert (report.state, report.device, report.broadcast) == ("answers", "hall", "county")
