"""The session's addresses: what they take, what they refuse, and the cut that needs no log."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from schemas.addresses import KafkaAddress
from schemas.topics import Topic
from streams.log.kafka import KafkaLog
from streams.log.topics import ensure_topics
from tests.support.broker import embedded_broker, process_of, shared_log
from tests.support.console import Checked, bearer, messages, running_console
from tests.support.ports import free_port
from tests.support.stage_port import StagePort, stage_port
from tests.support.workers import workers_of

PATH = "/api/broadcasts/county"
FILE = json.dumps(
    {
        "id": "county",
        "title": {"en": "County"},
        "slots": [{"id": f"b{n}", "kind": "break"} for n in range(1, 20)],
    }
)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaAddress]:
    address = shared_log()
    asyncio.run(ensure_topics(KafkaLog(address)))
    with workers_of(address, tmp_path_factory.mktemp("workers")) as workers:
        workers.start()
        yield address


@pytest.fixture
async def stage() -> AsyncIterator[StagePort]:
    async with stage_port() as stage:
        yield stage


@pytest.fixture
async def console(log: KafkaAddress, stage: StagePort) -> AsyncIterator[Checked]:
    nobody = f"http://127.0.0.1:{free_port()}"
    async with running_console(log, stages=(stage.url, nobody)) as running:
        assert (await running.post("/api/broadcasts", content=FILE)).status_code in (200, 201)
        yield running
        await press(running, "finish_presentation")


async def press(console: Checked, command: str, etag: str = "*", **more: Any) -> Any:
    body = {"command": command} | more
    return await console.post(f"{PATH}/commands", json=body, headers={"If-Match": etag})


async def test_a_session_that_is_held_is_not_sent_again(console: Checked) -> None:
    shown = await console.get(f"{PATH}/session")
    etag = shown.headers["etag"]
    again = await console.get(f"{PATH}/session", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert (await press(console, "start_presentation", etag)).status_code == 200
    again = await console.get(f"{PATH}/session", headers={"If-None-Match": etag})
    assert again.json()["playback"] == "running"
    assert again.headers["etag"] > etag


@pytest.mark.parametrize("apart", [0, 1])
@pytest.mark.parametrize("is_bound", [True, False])
async def test_two_operators_at_two_consoles_who_press_go_at_once_start_one_presentation(
    console: Checked, log: KafkaAddress, apart: int, is_bound: bool
) -> None:
    async def starts() -> int:
        facts = await messages(log, Topic.SESSIONS)
        return sum(fact["type"] == "presentation_started" for fact in facts)

    async with running_console(log) as other:
        before, shown = await starts(), await console.get(f"{PATH}/session")
        etag, slots = shown.headers["etag"], shown.json()["slots"]
        ahead = [slot["id"] for slot in slots if slot["status"] in ("armed", "waiting")]
        async with asyncio.timeout(30):
            while (await other.get(f"{PATH}/session")).headers["etag"] != etag:
                await asyncio.sleep(0.02)
        told = etag if is_bound else "*"
        answers = await asyncio.gather(
            press(console, "start_presentation", told, slot=ahead[0]),
            press(other, "start_presentation", told, slot=ahead[apart]),
        )
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses == [200, 412 if is_bound else 409], [answer.text for answer in answers]
        assert await starts() == before + 1
        refused = max(answers, key=lambda answer: answer.status_code)
        wanted = "changed" if is_bound else "another_on"
        assert refused.json()["error"]["reason"] == wanted


async def test_remaining_time_is_that_of_now(console: Checked) -> None:
    await press(console, "start_presentation")
    first = (await console.get(f"{PATH}/session")).json()
    second = (await console.get(f"{PATH}/session")).json()
    while second["remaining_ms"] == first["remaining_ms"]:
        second = (await console.get(f"{PATH}/session")).json()
    assert second["remaining_ms"] < first["remaining_ms"]
    assert second["ends_at"] == first["ends_at"]


@pytest.mark.parametrize("etag", ["nonsense", '"nonsense"', '""', '"1"', 'W/"{seq}"', '"{next}"'])
async def test_if_match_is_obeyed_strictly(console: Checked, etag: str) -> None:
    seq = (await console.get(f"{PATH}/session")).json()["seq"]
    answer = await press(console, "start_presentation", etag.format(seq=seq, next=seq + 1))
    assert (answer.status_code, answer.json()["error"]["reason"]) == (412, "changed")
    assert answer.headers["etag"] == f'"{seq}"'
    answer = await press(console, "start_presentation", f'"1", "{seq}"')
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("commands", {"command": "explode"}),
        ("commands", {"command": "skip_slot", "colour": "red"}),
        ("commands", {}),
        ("commands", {"command": "add_time", "added_ms": "much"}),
        ("pages", {"slot": "b1", "page": 0}),
        ("screens/left", {"view": "television"}),
        ("screens/left", {"message": "x" * 201}),
    ],
)
async def test_what_cannot_be_read_is_refused(
    console: Checked, path: str, body: dict[str, Any]
) -> None:
    assert (await console.post(f"{PATH}/{path}", json=body)).status_code == 400


async def test_what_is_not_there_is_said(console: Checked) -> None:
    for answer in (
        await console.get("/api/broadcasts/nobody/session"),
        await console.post("/api/broadcasts/nobody/commands", json={"command": "skip_slot"}),
        await console.post("/api/broadcasts/nobody/screens/all", json={"blink": True}),
        await console.post(f"{PATH}/pages", json={"slot": "nothing", "page": 1}),
    ):
        assert answer.status_code == 404
        assert answer.json()["error"]["detail"]


async def test_only_an_operator_acts_and_the_stage_may_turn_pages(console: Checked) -> None:
    for role in ("evaluator", "moderator", "analyst", "stage"):
        for path, body in (("commands", {"command": "skip_slot"}), ("screens/all", {})):
            answer = await console.post(f"{PATH}/{path}", json=body, headers=bearer(role))
            assert answer.status_code == 403
    page = {"slot": "b1", "page": 3}
    turned = await console.post(f"{PATH}/pages", json=page, headers=bearer("stage"))
    assert turned.status_code == 204
    assert (await console.get(f"{PATH}/session")).json()["slots"][0]["page"] == 3


async def test_a_screen_has_any_name_that_is_not_too_long(console: Checked) -> None:
    told = await console.post(f"{PATH}/screens/舞台左 1", json={"message": "请慢一点"})
    assert told.json()["screens"]["舞台左 1"]["message"] == "请慢一点"
    answer = await console.post(f"{PATH}/screens/{'x' * 41}", json={"blink": True})
    assert answer.status_code == 400


async def test_a_cut_goes_to_the_stage_directly_too_under_one_name(
    console: Checked, log: KafkaAddress, stage: StagePort
) -> None:
    await press(console, "start_presentation")
    answer = await press(console, "cut_microphone", '"1"')
    assert answer.status_code == 200
    assert not answer.json()["microphone"]["is_open"]
    (order,) = stage.orders
    said = [fact for fact in await messages(log, Topic.SESSIONS) if fact["id"] == order.id]
    assert [fact["type"] for fact in said] == ["session_command", "microphone_ordered"]


async def test_with_the_log_away_only_the_cut_works(
    stage: StagePort, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with embedded_broker() as address:
        await ensure_topics(KafkaLog(address))
        with workers_of(address, tmp_path_factory.mktemp("away")) as workers:
            await asyncio.to_thread(workers.start)
            nobody = f"http://127.0.0.1:{free_port()}"
            async with running_console(address, stages=(stage.url, nobody)) as console:
                await console.post("/api/broadcasts", content=FILE)
                assert (await press(console, "start_presentation")).status_code == 200
                process_of(address).kill()
                answer = await press(console, "cut_microphone")
                assert answer.status_code == 202, answer.text
                assert answer.json()["stages"] == {stage.url: True, nobody: False}
                assert len(stage.orders) == 1
                refused = await press(console, "pause_presentation")
                assert refused.status_code == 503
                shown = await console.get(f"{PATH}/session")
                assert shown.json()["slot"] == "b1"


@pytest.mark.parametrize(
    ("behaves", "mode", "delay_ms"),
    [("well", "well", 0), ("slow", "well", 1_000), ("silent", "silent", 0), ("gone", "gone", 0)],
)
async def test_a_simulated_device_is_told_how_to_behave(
    console: Checked, stage: StagePort, behaves: str, mode: str, delay_ms: int
) -> None:
    stage.devices["hall"] = 200
    answer = await console.post("/api/devices/hall/simulation", json={"behaves": behaves})
    assert (answer.status_code, answer.json()["stages"][stage.url]) == (200, True)
    (told,) = stage.behaviours
    assert (told.mode, told.delay_ms, told.is_open) == (mode, delay_ms, None)


async def test_a_hand_at_a_simulated_device_leaves_it_as_it_behaves(
    console: Checked, stage: StagePort
) -> None:
    stage.devices["hall"] = 200
    answer = await console.post("/api/devices/hall/simulation", json={"is_open": True})
    assert answer.status_code == 200
    (told,) = stage.behaviours
    assert (told.mode, told.is_open) == (None, True)


async def test_no_device_is_made_to_fail_that_is_real_unknown_or_asked_for_by_another(
    console: Checked, stage: StagePort
) -> None:
    stage.devices["mains"] = 409
    order = {"behaves": "gone"}
    real = await console.post("/api/devices/mains/simulation", json=order)
    assert (real.status_code, real.json()["error"]["reason"]) == (409, "not_simulated")
    assert (await console.post("/api/devices/nobody/simulation", json=order)).status_code == 404
    wrong = await console.post("/api/devices/hall/simulation", json={"behaves": "badly"})
    assert wrong.status_code == 400
    count = len(stage.behaviours)
    for role in ("stage", "evaluator"):
        answer = await console.post(
            "/api/devices/mains/simulation", json=order, headers=bearer(role)
        )
        assert answer.status_code == 403
    assert len(stage.behaviours) == count
