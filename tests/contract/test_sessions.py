"""A presentation by the console's API and a worker, on every broker."""

import asyncio
import json
from itertools import count
from typing import Any

import httpx
import pytest

from schemas.addresses import KafkaAddress
from schemas.topics import Topic
from tests.support.console import Checked, messages, running_console
from tests.support.workers import Worker, Workers

NUMBERS = count(1)


def document(n: int) -> str:
    """A broadcast of three slots."""
    return json.dumps(
        {
            "id": f"day{n}",
            "title": {"en": "Day"},
            "units": [
                {"id": f"unit{n}", "number": 1, "kind": "department", "name": {"en": "Housing"}}
            ],
            "groups": [{"id": f"heads{n}", "title": {"en": "Heads"}}],
            "formulas": [
                {
                    "id": "presentation",
                    "version": 1,
                    "kind": "presentation",
                    "criteria": [{"id": "results", "max": 100}],
                    "panels": {"leaders": 100},
                }
            ],
            "panels": [{"id": "leaders", "title": {"en": "Leaders"}}],
            "slots": [
                {"id": f"s{n}-{slot}", "group": f"heads{n}", "unit": f"unit{n}"}
                for slot in (1, 2, 3)
            ],
        }
    )


class Desk:
    """One operator at one console."""

    def __init__(self, console: Checked, n: int) -> None:
        self.console, self.path = console, f"/api/broadcasts/day{n}"

    async def press(self, command: str, *, etag: str | None = None, **more: Any) -> httpx.Response:
        headers = {"If-Match": etag} if etag else {}
        body = {"command": command} | more
        return await self.console.post(f"{self.path}/commands", json=body, headers=headers)

    async def look(self) -> httpx.Response:
        answer = await self.console.get(f"{self.path}/session")
        assert answer.status_code == 200, answer.text
        return answer

    async def done(self, command: str, **more: Any) -> dict[str, Any]:
        answer = await self.press(command, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()


async def desk(console: Checked) -> Desk:
    n = next(NUMBERS)
    answer = await console.post("/api/broadcasts", content=document(n))
    assert answer.status_code == 201, answer.text
    return Desk(console, n)


async def facts_of(address: KafkaAddress, held: Desk) -> list[dict[str, Any]]:
    name = held.path.rpartition("/")[2]
    said = await messages(address, Topic.SESSIONS)
    return [fact for fact in said if fact["broadcast"] == name]


async def test_a_presentation_goes_from_go_to_the_next_one(
    address: KafkaAddress, worker: Worker
) -> None:
    async with running_console(address) as console:
        held = await desk(console)
        armed = (await held.look()).json()
        assert (armed["playback"], armed["slot"], armed["next"][-2:]) == ("armed", None, "-1")
        running = await held.done("start_presentation")
        assert (running["playback"], running["slot"]) == ("running", armed["next"])
        assert running["ends_at"] - running["started_at"] == 300_000
        assert running["microphone"]["is_open"]
        paused = await held.done("pause_presentation")
        assert (paused["playback"], paused["microphone"]["is_open"]) == ("paused", False)
        resumed = await held.done("resume_presentation")
        assert resumed["ends_at"] - resumed["warn_at"] == 10_000
        longer = await held.done("add_time", added_ms=30_000)
        assert longer["ends_at"] == resumed["ends_at"] + 30_000
        finished = await held.done("finish_presentation")
        assert (finished["playback"], finished["next"][-2:]) == ("armed", "-2")
        done = finished["slots"][0]
        assert done["used_ms"] + (longer["ends_at"] - done["finished_at"]) == 330_000


async def test_of_two_operators_at_once_one_goes_and_the_other_is_told(
    address: KafkaAddress, worker: Worker
) -> None:
    async with running_console(address) as one, running_console(address) as other:
        first = await desk(one)
        second = Desk(other, 0)
        second.path = first.path
        while (await other.get(f"{first.path}/session")).status_code == 404:
            await asyncio.sleep(0.05)
        etag = (await first.look()).headers["etag"]
        answers = await asyncio.gather(
            first.press("start_presentation", etag=etag),
            second.press("start_presentation", etag=etag),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 412]
        (refused,) = (answer for answer in answers if answer.status_code == 412)
        assert refused.json()["error"]["reason"] == "changed"
        assert refused.headers["etag"] > etag
        again = await first.press("finish_presentation", etag=etag)
        assert (again.status_code, again.json()["error"]["reason"]) == (412, "changed")
        started = [
            fact for fact in await facts_of(address, first) if fact["type"].endswith("started")
        ]
        assert len(started) == 1
        await second.done("finish_presentation")


async def test_what_the_rules_refuse_is_answered_with_the_reason(
    address: KafkaAddress, worker: Worker
) -> None:
    async with running_console(address) as console:
        held = await desk(console)
        for command, more, reason in (
            ("pause_presentation", {}, "nothing_on"),
            ("start_presentation", {"slot": "nothing"}, "unknown_slot"),
            ("restore_slot", {}, "not_skipped"),
        ):
            answer = await held.press(command, **more)
            assert (answer.status_code, answer.json()["error"]["reason"]) == (409, reason)
        await held.done("start_presentation")
        answer = await held.press("start_presentation")
        assert (answer.status_code, answer.json()["error"]["reason"]) == (409, "another_on")
        await held.done("finish_presentation")


async def test_an_etag_is_still_good_when_only_screens_and_slides_moved(
    address: KafkaAddress, worker: Worker
) -> None:
    async with running_console(address) as console:
        held = await desk(console)
        shown = await held.look()
        etag, slot = shown.headers["etag"], shown.json()["next"]
        assert etag == f'"{shown.json()["seq"]}"'
        told = await console.post(
            f"{held.path}/screens/left", json={"message": "slower", "blackout": True}
        )
        assert told.json()["screens"]["left"]["message"] == "slower"
        turned = await console.post(f"{held.path}/pages", json={"slot": slot, "page": 2})
        assert turned.status_code == 204
        assert (await held.look()).json()["slots"][0]["page"] == 2
        same = await console.get(f"{held.path}/session", headers={"If-None-Match": etag})
        assert same.status_code == 200
        assert (await held.press("start_presentation", etag=etag)).status_code == 200
        await held.done("finish_presentation")


async def test_no_restart_in_the_middle_changes_a_deadline(
    address: KafkaAddress, workers: Workers, standing: Workers
) -> None:
    for ended in standing.live():
        ended.end()
    first = workers.start("restarted")
    async with running_console(address) as console:
        held = await desk(console)
        running = await held.done("start_presentation")
    first.end()
    workers.start("restarted")
    async with running_console(address) as console:
        held.console = console
        shown = (await held.look()).json()
        assert {key: shown[key] for key in ("slot", "started_at", "warn_at", "ends_at")} == {
            key: running[key] for key in ("slot", "started_at", "warn_at", "ends_at")
        }
        answer = await held.press("finish_presentation")
        while answer.status_code == 503:
            answer = await held.press("finish_presentation")
        assert answer.status_code in (200, 409)
        assert (await held.look()).json()["playback"] == "armed"


@pytest.mark.parametrize("command", ["start_presentation"])
async def test_a_go_that_nobody_read_in_time_is_never_executed(
    address: KafkaAddress, workers: Workers, standing: Workers, command: str
) -> None:
    for ended in (*standing.live(), *workers.live()):
        ended.end()
    async with running_console(address) as console:
        held = await desk(console)
        answer = await held.press(command)
        assert (answer.status_code, answer.json()["error"]["reason"]) == (503, "log_unavailable")
        workers.start(f"late{next(NUMBERS)}")
        async with asyncio.timeout(30):
            while (shown := (await held.look()).json())["last"] is None:
                await asyncio.sleep(0.05)
        assert (shown["playback"], shown["last"]["type"]) == ("armed", "command_refused")
        assert "too late" in shown["last"]["detail"]
