"""A stage whose own clock is wrong cuts by the console's."""

import asyncio
from pathlib import Path

from aiohttp import web

from schemas.addresses import KafkaAddress
from schemas.sessions import MicrophoneCut
from tests.support.hooks import answering
from tests.support.stage import ON_TIME_MS, evening_on, now_ms, running_stage, until_told
from tests.support.x32 import X32Mixer

AHEAD_MS = 30_000


async def test_the_cut_comes_when_it_is_time_at_the_console(
    log: KafkaAddress, tmp_path: Path
) -> None:
    async def console(_: web.Request) -> web.Response:
        return web.json_response({"now": now_ms() + AHEAD_MS})

    with X32Mixer() as mixer:
        hall = f'[stage.hall]\ntype = "x32"\nhost = "127.0.0.1"\nport = {mixer.port}\nchannel = 1'
        async with answering("/api/time", console) as url, evening_on(log) as evening:
            with running_stage(tmp_path, log, hall, console=url) as stage:
                async with asyncio.timeout(30):
                    while "the console's clock is +" not in stage.log():
                        await asyncio.sleep(0.02)
                evening.press("start_presentation", now_ms() + AHEAD_MS)
                take = evening.press("add_time", now_ms() + AHEAD_MS, added_ms=-298_000)
                await evening.write()
                await asyncio.to_thread(mixer.await_action, True)
                cut = await asyncio.to_thread(mixer.await_action, False)
                assert -50 < cut.at_ms + AHEAD_MS - take.ends_at < ON_TIME_MS
                [fact] = await until_told(log, MicrophoneCut)
    assert take.ends_at <= fact.sent_at <= take.ends_at + ON_TIME_MS
