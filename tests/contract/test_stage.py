"""The stage controller follows the log of every broker, and tells it what it did."""

import asyncio
from itertools import count
from pathlib import Path

from schemas.addresses import KafkaAddress
from schemas.sessions import MicrophoneCut, MicrophoneOpened
from tests.support.stage import ON_TIME_MS, evening_on, now_ms, running_stage, told, until_told
from tests.support.x32 import X32Mixer

NUMBERS = count(1)


async def test_a_microphone_opens_with_go_is_cut_at_the_limit_and_the_log_is_told(
    address: KafkaAddress, tmp_path: Path
) -> None:
    name = f"stage{next(NUMBERS)}"
    with X32Mixer() as mixer:
        hall = f'[stage.hall]\ntype = "x32"\nhost = "127.0.0.1"\nport = {mixer.port}\nchannel = 1'
        async with evening_on(address, name) as evening:
            with running_stage(tmp_path, address, hall):
                evening.press("start_presentation", now_ms())
                take = evening.press("add_time", now_ms(), added_ms=-298_000)
                await evening.write()
                opened = await asyncio.to_thread(mixer.await_action, True)
                after = mixer.actions.index(opened)
                cut = await asyncio.to_thread(mixer.await_action, False, after=after)
                assert 0 <= cut.at_ms - take.ends_at < ON_TIME_MS
                await until_told(address, MicrophoneCut)
        facts = await told(address, (MicrophoneOpened, MicrophoneCut))
    assert [type(fact) for fact in facts if fact.broadcast == name] == [
        MicrophoneOpened,
        MicrophoneCut,
    ]
