"""`tribune stage` with a mixer that speaks the X32's protocol."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from schemas.addresses import KafkaAddress
from schemas.sessions import (
    DeviceReported,
    MicrophoneCut,
    MicrophoneOpened,
    MicrophoneOrdered,
    WarningGiven,
)
from streams.stage.direct import CutOrder, signed
from tests.support.outage import broker_behind_a_wire
from tests.support.stage import KEY, ON_TIME_MS, evening_on, now_ms, running_stage, told, until_told
from tests.support.stage_log import StageLog
from tests.support.x32 import Action, X32Mixer

pytestmark = pytest.mark.realtime


@pytest.fixture
def mixer() -> Iterator[X32Mixer]:
    with X32Mixer() as mixer:
        yield mixer


@pytest.fixture
async def evening(log: KafkaAddress) -> AsyncIterator[StageLog]:
    async with evening_on(log) as evening:
        yield evening


def device(name: str, mixer: X32Mixer, more: str = "") -> str:
    place = f'type = "x32"\nhost = "127.0.0.1"\nport = {mixer.port}\nchannel = 1\n'
    return f"[stage.{name}]\n{place}{more}"


async def opens(mixer: X32Mixer, after: int = 0) -> Action:
    return await asyncio.to_thread(mixer.await_action, True, after=after)


async def cuts(mixer: X32Mixer, after: int = 0) -> Action:
    return await asyncio.to_thread(mixer.await_action, False, after=after)


async def go(evening: StageLog, mixer: X32Mixer, left_ms: int | None = None) -> int:
    """Start the next presentation, with so much of its time left; when it ends."""
    fact = evening.press("start_presentation", now_ms())
    if left_ms is not None:
        fact = evening.press("add_time", now_ms(), added_ms=left_ms - 300_000)
    await evening.write()
    await opens(mixer)
    return fact.ends_at


async def test_a_microphone_opens_with_go_and_is_cut_at_the_limit_and_both_are_told(
    log: KafkaAddress, evening: StageLog, mixer: X32Mixer, tmp_path: Path
) -> None:
    with running_stage(tmp_path, log, device("hall", mixer)):
        started = evening.press("start_presentation", now_ms())
        await evening.write()
        await opens(mixer)
        take = evening.press("add_time", now_ms(), added_ms=-298_500)
        await evening.write()
        cut = await cuts(mixer)
        assert 0 <= cut.at_ms - take.ends_at < ON_TIME_MS
        [opened] = await until_told(log, MicrophoneOpened)
        [fact] = await until_told(log, MicrophoneCut)
    assert (opened.id, opened.slot) == (f"{started.id}:hall:open:{started.at}", "s1")
    assert fact.id == f"{take.id}:hall:cut:{take.ends_at}"
    assert (fact.planned_at, fact.device, fact.attempts) == (take.ends_at, "hall", 1)
    assert take.ends_at <= fact.sent_at <= fact.confirmed_at <= take.ends_at + ON_TIME_MS
    [report] = await told(log, DeviceReported)
    assert (report.state, report.device, report.broadcast) == ("answers", "hall", "county")


async def test_a_warning_is_told_when_it_is_given_and_not_again_after_a_kill(
    log: KafkaAddress, evening: StageLog, mixer: X32Mixer, tmp_path: Path
) -> None:
    with running_stage(tmp_path, log, device("hall", mixer)) as stage:
        ends_at = await go(evening, mixer, 10_800)
        [fact] = await until_told(log, WarningGiven)
        stage.kill()
    assert fact.planned_at == ends_at - 10_000
    assert 0 <= fact.sent_at - fact.planned_at < ON_TIME_MS
    assert fact.id.endswith(f":warning:{fact.planned_at}")
    with running_stage(tmp_path, log, device("hall", mixer)):
        evening.press("add_time", now_ms(), added_ms=-8_000)
        await evening.write()
        await until_told(log, MicrophoneCut)
        evening.press("finish_presentation", now_ms())
        await evening.write()
        assert await told(log, WarningGiven) == [fact]


async def test_pause_cuts_resume_opens_and_finish_cuts(
    log: KafkaAddress, evening: StageLog, mixer: X32Mixer, tmp_path: Path
) -> None:
    with running_stage(tmp_path, log, device("hall", mixer)):
        await go(evening, mixer)
        for command, is_open in (
            ("pause_presentation", False),
            ("resume_presentation", True),
            ("finish_presentation", False),
        ):
            seen = len(mixer.actions)
            evening.press(command, now_ms())
            await evening.write()
            await asyncio.to_thread(mixer.await_action, is_open, after=seen)


async def test_a_device_that_does_not_confirm_is_asked_again_shown_and_its_backup_used(
    log: KafkaAddress, evening: StageLog, mixer: X32Mixer, tmp_path: Path
) -> None:
    with X32Mixer() as mains:
        devices = device("hall", mixer) + device("mains", mains, "backup = true\n")
        with running_stage(tmp_path, log, devices) as stage:
            await go(evening, mixer)
            await opens(mains)
            mixer.is_mute = True
            evening.press("cut_microphone", now_ms())
            await evening.write()
            await cuts(mains)
            stage.await_health(lambda found: found["devices"]["hall"]["is_silent"])
            mixer.is_mute = False
            await cuts(mixer)
            found = await until_told(log, MicrophoneCut, 3)
        reports = [(each.device, each.state) for each in await told(log, DeviceReported)]
    hall = [fact for fact in found if fact.device == "hall"]
    assert [fact.confirmed_at is None for fact in hall] == [True, False]
    assert len({fact.id for fact in hall}) == 1
    assert hall[1].attempts > 5
    assert [state for name, state in reports if name == "hall"] == ["answers", "silent", "answers"]


async def test_a_hand_at_the_desk_after_the_end_is_seen_and_cut_again(
    log: KafkaAddress, evening: StageLog, mixer: X32Mixer, tmp_path: Path
) -> None:
    with running_stage(tmp_path, log, device("hall", mixer)):
        await go(evening, mixer, 1_000)
        await cuts(mixer)
        await until_told(log, MicrophoneCut)
        seen = len(mixer.actions)
        mixer.press(1, True)
        await cuts(mixer, after=seen)
        await until_told(log, MicrophoneCut, 2)
        reports = await until_told(log, DeviceReported, 3)
    assert [report.state for report in reports] == ["answers", "by_hand", "answers"]


async def test_a_hand_at_the_desk_is_left_alone_where_the_settings_say_so(
    log: KafkaAddress, evening: StageLog, mixer: X32Mixer, tmp_path: Path
) -> None:
    with running_stage(tmp_path, log, device("hall", mixer, "recut = false\n")):
        await go(evening, mixer, 1_000)
        await cuts(mixer)
        await until_told(log, MicrophoneCut)
        mixer.press(1, True)
        reports = await until_told(log, DeviceReported, 2)
        assert reports[-1].state == "by_hand"
        assert mixer.on["/ch/01/mix/on"]


async def test_a_device_that_vanishes_and_comes_back_wrong_is_put_right_at_once(
    log: KafkaAddress, evening: StageLog, mixer: X32Mixer, tmp_path: Path
) -> None:
    with running_stage(tmp_path, log, device("hall", mixer)) as stage:
        await go(evening, mixer)
        await until_told(log, MicrophoneOpened)
        mixer.is_mute = True
        stage.await_health(lambda found: found["devices"]["hall"]["is_silent"])
        mixer.on["/ch/01/mix/on"] = False
        seen = len(mixer.actions)
        mixer.is_mute = False
        await opens(mixer, after=seen)
        stage.await_health(lambda found: found["devices"]["hall"]["is_confirmed"])


async def test_a_direct_cut_needs_our_signature_and_goes_before_the_log(
    log: KafkaAddress, evening: StageLog, mixer: X32Mixer, tmp_path: Path
) -> None:
    with running_stage(tmp_path, log, device("hall", mixer)) as stage:
        assert stage.cut()[0] == 409
        await go(evening, mixer)
        order = CutOrder(id="x", by="nobody", at=now_ms())
        assert stage.ask("/cut", order, b"another secret")[0] == 401
        assert stage.cut(at=now_ms() - 60_000)[0] == 401
        assert stage.cut(slot="s2")[0] == 409
        assert stage.cut(at=now_ms() - 20_000)[0] == 409
        status, answer = await asyncio.to_thread(stage.cut, slot="s1")
        assert (status, answer["slot"]) == (200, "s1")
        assert answer["devices"]["hall"] | {"problem": None} == {
            "is_open": False,
            "wanted": False,
            "is_confirmed": True,
            "is_silent": False,
            "simulated": False,
            "problem": None,
        }
        assert (await asyncio.to_thread(stage.cut))[0] == 200
        [ordered] = await until_told(log, MicrophoneOrdered)
        [fact] = await until_told(log, MicrophoneCut)
        assert (ordered.id, ordered.is_open, ordered.slot) == ("direct", False, "s1")
        assert fact.id.startswith("direct:hall:cut:")


async def test_who_sends_the_stage_half_an_order_is_not_waited_for(
    log: KafkaAddress, mixer: X32Mixer, tmp_path: Path
) -> None:
    with running_stage(tmp_path, log, device("hall", mixer)) as stage:
        reader, writer = await asyncio.open_connection("127.0.0.1", stage.port)
        writer.write(b"POST /cut HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n")
        async with asyncio.timeout(60):
            assert (await reader.readline()).split()[1] == b"408"
        writer.close()


async def test_an_order_that_comes_in_pieces_is_taken_whole(
    log: KafkaAddress, mixer: X32Mixer, tmp_path: Path
) -> None:
    body, headers = signed(KEY.encode(), CutOrder(id="x", by="operator:test", at=now_ms()))
    lines = [f"{name}: {said}" for name, said in headers.items()]
    head = ["POST /cut HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", *lines, "", ""]
    with running_stage(tmp_path, log, device("hall", mixer)) as stage:
        reader, writer = await asyncio.open_connection("127.0.0.1", stage.port)
        writer.write("\r\n".join(head).encode() + body[:9])
        await asyncio.sleep(0.2)  # the pieces must not meet on the way
        writer.write(body[9:])
        async with asyncio.timeout(60):
            assert (await reader.readline()).split()[1] == b"409", "nothing is on"
        writer.close()


async def test_with_the_broker_away_the_cut_is_on_time_a_direct_cut_works_and_both_are_told_later(
    mixer: X32Mixer, tmp_path: Path
) -> None:
    with (
        broker_behind_a_wire() as (log, wire),
        running_stage(tmp_path, log, device("hall", mixer)) as stage,
    ):
        async with evening_on(log) as evening:
            ends_at = await go(evening, mixer, 4_000)
        await until_told(log, MicrophoneOpened)
        wire.cut()
        cut = await cuts(mixer)
        assert 0 <= cut.at_ms - ends_at < ON_TIME_MS
        await asyncio.to_thread(stage.cut)
        stage.await_health(lambda found: found["owed"] > 0 and not found["ok"])
        wire.mend()
        [fact] = await until_told(log, MicrophoneCut)
        assert fact.planned_at == ends_at
        assert fact.confirmed_at - ends_at < ON_TIME_MS
        assert [each.id for each in await until_told(log, MicrophoneOrdered)] == ["direct"]
        stage.await_health(lambda found: found["owed"] == 0 and found["ok"])
