"""Simulated devices, which fail on request; and what a controller remembers."""

from pathlib import Path

from agents.reducers.scene import DirectCut, Scene
from agents.reducers.session import Run
from schemas.addresses import KafkaAddress
from schemas.sessions import DeviceReported, MicrophoneCut, MicrophoneOpened
from streams.stage.direct import Behaviour
from streams.stage.links.simulated import SLOW_FROM_MS
from streams.stage.state_file import FILE, StageState, StateFile
from tests.support.stage import evening_on, now_ms, running_stage, until_told


async def test_a_simulated_device_is_slow_silent_and_gone_on_request(
    log: KafkaAddress, tmp_path: Path
) -> None:
    devices = '[stage.hall]\ntype = "simulated"\ndelay_ms = 20\n'
    with running_stage(tmp_path, log, devices) as stage:

        def behave(**how: object) -> int:
            wanted = Behaviour(**{"device": "hall", "at": now_ms()} | how)  # type: ignore[arg-type]
            return stage.ask("/simulate", wanted)[0]

        async with evening_on(log) as evening:
            evening.press("start_presentation", now_ms())
            await evening.write()
            [report] = await until_told(log, DeviceReported)
            assert (report.state, report.simulated) == ("answers", "well")
            [opened] = await until_told(log, MicrophoneOpened)
            assert opened.confirmed_at - opened.sent_at >= 20
            assert behave(mode="silent") == 200
            evening.press("finish_presentation", now_ms())
            await evening.write()
            [unconfirmed] = await until_told(log, MicrophoneCut)
            assert unconfirmed.confirmed_at is None
            stage.await_health(lambda found: found["devices"]["hall"]["is_silent"])
            assert behave(mode="well") == 200
            [_, confirmed] = await until_told(log, MicrophoneCut, 2)
            assert confirmed.id == unconfirmed.id
        assert behave(mode="gone") == 200
        problem = stage.await_health(lambda found: found["devices"]["hall"]["is_silent"])
        assert problem["devices"]["hall"]["problem"] == "is gone (simulated)"
        assert behave(device="nobody") == 404


async def test_a_hand_opens_a_simulated_device_and_the_operator_sees_it_and_how_it_behaves(
    log: KafkaAddress, tmp_path: Path
) -> None:
    with running_stage(tmp_path, log, '[stage.hall]\ntype = "simulated"\n') as stage:
        async with evening_on(log) as evening:
            evening.press("start_presentation", now_ms())
            evening.press("finish_presentation", now_ms())
            await evening.write()
            await until_told(log, MicrophoneCut)
            slow = Behaviour(device="hall", at=now_ms(), mode="well", delay_ms=SLOW_FROM_MS)
            assert stage.ask("/simulate", slow)[0] == 200
            hand = Behaviour(device="hall", at=now_ms(), is_open=True)
            assert stage.ask("/simulate", hand)[0] == 200
            stage.await_health(lambda found: found["devices"]["hall"]["is_confirmed"])
            reports = await until_told(log, DeviceReported, 4)
    assert ("answers", "slow") in [(each.state, each.simulated) for each in reports]
    assert ("by_hand", "slow", True) in [
        (each.state, each.simulated, each.is_open) for each in reports
    ]


async def test_a_real_device_is_not_made_to_fail(log: KafkaAddress, tmp_path: Path) -> None:
    devices = (
        '[stage.mains]\ntype = "http"\nurl = "http://127.0.0.1:9/"\nsecret = "whsec_bWFpbnM="\n'
    )
    with running_stage(tmp_path, log, devices) as stage:
        status, answer = stage.ask("/simulate", Behaviour(device="mains", at=now_ms(), mode="gone"))
    assert (status, answer["error"]["reason"]) == (409, "not_simulated")


def test_what_is_kept_is_known_again_and_what_cannot_be_read_is_left(tmp_path: Path) -> None:
    run = Run("s1", "heads", "u1", 300_000, 10_000, 0, 290_000, 300_000, paused_at=7)
    scene = Scene("county", run, "go", 0, DirectCut("now", "operator:1", 5))
    state = StageState(scene, 250, ['{"type":"x"}'])
    StateFile(tmp_path).save(state)
    assert StateFile(tmp_path).load() == state
    (tmp_path / FILE).write_text("{")
    assert StateFile(tmp_path).load() == StageState()
