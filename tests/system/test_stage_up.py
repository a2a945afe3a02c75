"""The stage under `tribune up`: the embedded broker is frozen under it, or dies and comes back."""

import asyncio
import json
import signal
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from schemas.sessions import MicrophoneCut, MicrophoneOrdered, PresentationStarted
from tests.support.stage import ON_TIME_MS, evening_on, now_ms, until_told
from tests.support.system import System, running_system
from tests.support.x32 import X32Mixer


@pytest.mark.timeout(240)
@pytest.mark.long("everything lives twice")
async def test_the_embedded_broker_may_die_and_the_cut_is_on_time_and_told_afterwards(
    tmp_path: Path,
) -> None:
    with X32Mixer() as mixer:
        device = f'type = "x32"\nhost = "127.0.0.1"\nport = {mixer.port}\nchannel = 1'
        with running_system(tmp_path, **{"stage.hall": device}) as system:
            kafka = system.kafka("admin")
            stage = system.pid("stage")
            async with evening_on(kafka) as evening:
                evening.press("start_presentation", now_ms())
                take = evening.press("add_time", now_ms(), added_ms=-296_000)
                await evening.write()
                await asyncio.to_thread(mixer.await_action, True)
            state = tmp_path / "data" / "stage" / "stage.json"
            while str(take.ends_at) not in state.read_text():
                await asyncio.sleep(0.01)
            system.kill("broker")
            cut = await asyncio.to_thread(mixer.await_action, False)
            assert 0 <= cut.at_ms - take.ends_at < ON_TIME_MS
            await asyncio.to_thread(system.await_ready)
            [fact] = await until_told(kafka, MicrophoneCut)
            assert fact.planned_at == take.ends_at
            assert {each.slot for each in await until_told(kafka, PresentationStarted)} == {"s1"}
            assert system.pid("stage") == stage


def press(system: System, token: str, name: str) -> tuple[int, dict[str, Any]]:
    """Send an operator's command to the console; its status and its answer."""
    url = f"{system.url('console')}/api/broadcasts/county/commands"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    body = json.dumps({"command": name}).encode()
    try:
        request = urllib.request.Request(url, body, headers, method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


@pytest.mark.timeout(240)
async def test_the_operators_cut_goes_past_a_frozen_broker_and_is_in_the_log_once_afterwards(
    tmp_path: Path,
) -> None:
    with X32Mixer() as mixer:
        device = f'type = "x32"\nhost = "127.0.0.1"\nport = {mixer.port}\nchannel = 1'
        with running_system(tmp_path, **{"stage.hall": device}) as system:
            kafka = system.kafka("admin")
            token = system.token("operator")
            async with evening_on(kafka):
                pass
            while (started := await asyncio.to_thread(press, system, token, "start_presentation"))[
                0
            ] != 200:
                assert started[0] in (404, 503), started
            await asyncio.to_thread(mixer.await_action, True)
            system.kill("broker", signal.SIGSTOP)
            pressed = now_ms()
            pressing = asyncio.create_task(
                asyncio.to_thread(press, system, token, "cut_microphone")
            )
            cut = await asyncio.to_thread(mixer.await_action, False)
            assert cut.at_ms - pressed < 2_000
            answer = await pressing
            system.kill("broker", signal.SIGCONT)
            assert answer[0] in (200, 202, 503), answer
            orders = await until_told(kafka, MicrophoneOrdered)
            [fact] = await until_told(kafka, MicrophoneCut)
    assert len({order.id for order in orders}) == 1
    assert fact.id.startswith(f"{orders[0].id}:hall:cut:")


@pytest.mark.timeout(240)
async def test_the_only_controller_is_killed_at_the_limit_and_cuts_as_soon_as_it_is_back(
    tmp_path: Path,
) -> None:
    with X32Mixer() as mixer:
        device = f'type = "x32"\nhost = "127.0.0.1"\nport = {mixer.port}\nchannel = 1'
        with running_system(tmp_path, **{"stage.hall": device}) as system:
            kafka = system.kafka("admin")
            async with evening_on(kafka) as evening:
                evening.press("start_presentation", now_ms())
                take = evening.press("add_time", now_ms(), added_ms=-298_000)
                await evening.write()
                await asyncio.to_thread(mixer.await_action, True)
            await asyncio.sleep(max(0.0, (take.ends_at - 300 - now_ms()) / 1_000))
            system.kill("stage")
            cut = await asyncio.to_thread(mixer.await_action, False)
            [fact] = await until_told(kafka, MicrophoneCut)
            assert cut.at_ms - take.ends_at < 3_000
            assert fact.planned_at == take.ends_at
            assert abs(fact.sent_at - cut.at_ms) < ON_TIME_MS
