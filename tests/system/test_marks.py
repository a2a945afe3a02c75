"""What evaluators may say over HTTP, and what is refused; a console alone on a real log."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from schemas.addresses import KafkaAddress
from schemas.topics import Topic
from tests.support.console import Checked, messages, running_console
from tests.support.presenting import day, evaluator, mark

E1, OWN = evaluator("e1"), evaluator("own")


@pytest.fixture
async def console(log: KafkaAddress) -> AsyncIterator[Checked]:
    async with running_console(log) as client:
        assert (await client.post("/api/broadcasts", content=day())).status_code == 201
        yield client


def reason(answer: httpx.Response) -> tuple[int, str, str | None]:
    error = answer.json()["error"]
    return answer.status_code, error["reason"], error["field"]


async def put(
    client: Checked, slot: str, body: Any, headers: dict[str, str] = E1
) -> httpx.Response:
    return await client.put(f"/api/slots/{slot}/marks", json=body, headers=headers)


async def test_marks_are_kept_as_they_are_set_and_changed_until_the_close(
    console: Checked, log: KafkaAddress
) -> None:
    nothing = (await console.get("/api/slots/day-s1/marks", headers=E1)).json()
    assert nothing == {"marks": {}, "submitted": False, "at": None}
    draft = (await put(console, "day-s1", {"marks": {"results": 50}})).json()
    assert draft == {"marks": {"results": 50}, "submitted": False, "at": draft["at"]}
    assert (await mark(console, "day-s1", "e1", 50, 30)).json()["submitted"] is True
    again = await mark(console, "day-s1", "e1", 50, 30)
    assert again.status_code == 200
    await put(console, "day-s2", {"recused": "my brother"})
    own = (await console.get("/api/marks", headers=E1)).json()
    assert (own["evaluator"]["id"], own["broadcast"]) == ("e1", "day")
    assert own["slots"]["day-s1"]["marks"] == {"results": 50, "delivery": 30}
    assert own["slots"]["day-s2"]["recused"] == "my brother"
    kept = await messages(log, Topic.SCORES)
    assert [fact["type"] for fact in kept] == ["marks_sealed"] * 3, "the same again is no fact"
    assert {fact["by"].partition(":")[0] for fact in kept} == {"evaluator"}


@pytest.mark.parametrize(
    ("slot", "body", "refusal"),
    [
        ("day-s1", {"marks": {"results": 61}}, (400, "invalid_marks", "marks.results")),
        ("day-s1", {"marks": {"charm": 1}}, (400, "invalid_marks", "marks.charm")),
        (
            "day-s1",
            {"marks": {"results": 1}, "submitted": True},
            (400, "invalid_marks", "marks.delivery"),
        ),
        ("day-s1", {"marks": {"results": -1}}, (400, "bad_parameter", "marks[...]")),
        ("day-s1", {"marks": {"results": 1.5}}, (400, "bad_parameter", "marks[...]")),
        ("day-s1", {"marks": {"results": True}}, (400, "bad_parameter", "marks[...]")),
        ("day-s1", {"marks": {"results": "5"}}, (400, "bad_parameter", "marks[...]")),
        ("day-s1", {"marks": {}, "submitted": "false"}, (400, "bad_parameter", "submitted")),
        ("day-s1", {}, (400, "bad_parameter", "data")),
        ("day-s1", {"marks": {}, "recused": "x"}, (400, "bad_parameter", "data")),
        ("day-s1", {"recused": ""}, (400, "bad_parameter", "recused")),
        ("day-s1", {"marks": {}, "more": 1}, (400, "bad_parameter", "data")),
        ("nowhere", {"marks": {}}, (404, "unknown_slot", None)),
    ],
)
async def test_what_cannot_be_a_mark_is_refused(
    console: Checked, slot: str, body: Any, refusal: tuple[int, str, str | None]
) -> None:
    assert reason(await put(console, slot, body)) == refusal


@pytest.mark.parametrize("body", ["", "{", "[" * 50_000, '{"marks":' * 20_000])
async def test_a_body_that_is_no_json_is_refused_and_breaks_nothing(
    console: Checked, body: str
) -> None:
    headers = E1 | {"Content-Type": "application/json"}
    answer = await console.put("/api/slots/day-s1/marks", content=body, headers=headers)
    assert reason(answer) == (400, "bad_parameter", "data")


async def test_who_sends_marks_faster_than_a_hand_must_wait_and_nobody_else(
    log: KafkaAddress,
) -> None:
    async with running_console(log, per_evaluator_per_second=1) as console:
        await console.post("/api/broadcasts", content=day())
        for points in range(5):
            answer = await put(console, "day-s1", {"marks": {"results": points}})
            assert answer.status_code == 200
        answer = await put(console, "day-s1", {"marks": {"results": 60}})
        assert reason(answer)[:2] == (429, "too_many_marks")
        assert 1 <= int(answer.headers["retry-after"]) <= 5
        kept = (await console.get("/api/slots/day-s1/marks", headers=E1)).json()
        assert kept["marks"] == {"results": 4}
        assert (await mark(console, "day-s1", "e2", 50, 30)).status_code == 200


async def test_nobody_marks_their_own_unit_or_for_another_panel_or_broadcast(
    console: Checked,
) -> None:
    body = {"marks": {"results": 1}}
    assert reason(await put(console, "day-s1", body, OWN))[:2] == (403, "own_unit")
    assert (await put(console, "day-s2", body, OWN)).status_code == 200
    for stranger in ("nobody", "other-day/e1"):
        answer = await put(console, "day-s1", body, evaluator(stranger))
        assert reason(answer)[:2] == (403, "unknown_evaluator")
    assert (await put(console, "day-s1", body, evaluator("day/e1"))).status_code == 200
    assert (await console.put("/api/slots/day-s1/marks", json=body)).status_code == 403
    await console.post("/api/broadcasts", content=day("late", panels={"leaders": 1}, tie_break=[]))
    answer = await put(console, "late-s2", body, evaluator("o1"))
    assert reason(answer)[:2] == (403, "not_asked")


async def test_an_operator_sees_marks_after_the_close_only_and_corrects_them_with_a_reason(
    console: Checked, log: KafkaAddress
) -> None:
    await mark(console, "day-s1", "e1", 50, 30)
    wrong = {"evaluator": "e1", "marks": {"results": 5, "delivery": 3}, "reason": "misread"}
    early = await console.get("/api/groups/day-group/marks")
    assert reason(early)[:2] == (409, "group_open")
    answer = await console.post("/api/slots/day-s1/corrections", json=wrong)
    assert reason(answer)[:2] == (409, "group_open")
    assert (await console.post("/api/groups/day-group/close")).status_code == 200
    [seen] = (await console.get("/api/groups/day-group/marks")).json()
    assert (seen["evaluator"], seen["given"]["marks"]["results"]) == ("e1", 50)
    for body in (wrong | {"reason": ""}, wrong | {"evaluator": "x"}, wrong | {"marks": {"a": 1}}):
        assert (await console.post("/api/slots/day-s1/corrections", json=body)).status_code == 400
    answer = await console.post("/api/slots/day-s1/corrections", json=wrong)
    assert answer.json()["marks"] == {"results": 5, "delivery": 3}
    fact = (await messages(log, Topic.SCORES))[-1]
    assert (fact["type"], fact["reason"]) == ("marks_corrected", "misread")


async def test_a_group_with_missing_marks_is_not_revealed_before_it_is_closed(
    console: Checked,
) -> None:
    everything = {"rows": "all"}
    early = await console.post("/api/groups/day-group/reveal", json=everything)
    assert reason(early)[:2] == (409, "group_open")
    assert "11 marks are missing" in early.json()["error"]["detail"]
    assert (await console.post("/api/groups/none/reveal", json=everything)).status_code == 404
    for rows in (0, -1, "some", 1.5):
        answer = await console.post("/api/groups/day-group/reveal", json={"rows": rows})
        assert answer.status_code == 400
    await mark(console, "day-s2", "e1", 50, 30)
    await mark(console, "day-s3", "e1", 50, 30)
    await console.post("/api/groups/day-group/close")
    assert (await console.post("/api/groups/day-group/reveal", json={"rows": 1})).status_code == 200
    [held] = (await console.get("/api/broadcasts/day/groups")).json()
    assert (held["revealed"], held["public"], held["missing"]) == (1, False, 9)
    done = (await console.post("/api/groups/day-group/reveal", json={"rows": 2})).json()
    assert (done["public"], done["revealed"], done["of"]) == (True, 3, 3), "the unranked ones too"
    back = await console.post("/api/groups/day-group/reveal", json={"rows": 1})
    assert reason(back)[:2] == (409, "already_revealed")
    again = await console.post("/api/groups/day-group/reveal", json=everything)
    assert again.json() == done


async def test_a_card_is_its_evaluator_s_key_to_the_marking_page(console: Checked) -> None:
    answer = await console.get("/api/broadcasts/day/cards?lang=zh")
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.text.count("<article>") == 4
    assert "Name of e1" in answer.text
    assert answer.text.count("<svg") == 4
    assert (await console.get("/api/broadcasts/none/cards")).status_code == 404
    assert (await console.get("/api/broadcasts/day/cards", headers=E1)).status_code == 403


async def test_the_ledger_is_read_by_everyone_as_json_and_as_a_table(console: Checked) -> None:
    rows = (await console.get("/api/broadcasts/day/ledger")).json()["rows"]
    assert [(row["slot"], row["status"]) for row in rows] == [
        ("day-s1", "waiting"),
        ("day-s2", "waiting"),
        ("day-s3", "waiting"),
    ]
    async with httpx.AsyncClient(base_url=console.base_url) as anyone:
        table = await anyone.get("/api/broadcasts/day/ledger?format=csv")
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert table.text.lstrip("\ufeff").splitlines()[1].startswith("day-s1,day-group,day-housing")
    assert (await console.get("/api/broadcasts/none/ledger")).status_code == 404


async def test_the_formula_of_a_group_cannot_change_once_it_has_a_mark(console: Checked) -> None:
    other = day(drop_extremes_from=3)
    assert (await console.post("/api/broadcasts?dry_run=true", content=other)).status_code == 200
    await mark(console, "day-s1", "e1", 50, 30)
    answer = await console.post("/api/broadcasts", content=other)
    assert reason(answer)[:2] == (409, "would_spoil_marks")
    assert "its formula cannot change" in answer.json()["error"]["detail"]


async def test_a_slot_that_has_marks_keeps_its_group_and_unit_and_a_closed_group_its_slots(
    console: Checked,
) -> None:
    rundown = "/api/broadcasts/day/rundown"
    slots = (await console.get(f"{rundown}?format=json")).json()["slots"]
    await mark(console, "day-s1", "e1", 50, 30)

    def changed(slot: str, **more: str) -> list[Any]:
        return [each | (more if each["id"] == slot else {}) for each in slots]

    async def refused(wanted: list[Any], *, query: str = "") -> tuple[int, str, str | None]:
        return reason(await console.post(rundown + query, json={"slots": wanted}))

    moved = changed("day-s1", unit=slots[1]["unit"])
    for query in ("", "?dry_run=true"):
        assert await refused(moved, query=query) == (409, "rundown_marked", None)
    assert await refused(slots[1:]) == (409, "rundown_marked", None)
    order = {"command": "change_rundown", "slots": moved}
    answer = await console.post("/api/broadcasts/day/commands", json=order)
    assert reason(answer)[:2] == (409, "rundown_marked")
    free = changed("day-s2", unit=slots[0]["unit"])
    answer = await console.post(f"{rundown}?dry_run=true", json={"slots": free})
    assert answer.status_code == 200
    assert (await console.post("/api/groups/day-group/close")).status_code == 200
    assert await refused(free) == (409, "rundown_closed", None)


async def test_a_group_of_a_retired_broadcast_is_not_ranked_again(console: Checked) -> None:
    assert (await console.post("/api/broadcasts/day/retire")).status_code == 200
    again = day("next").replace('"id": "next-group"', '"id": "day-group"')
    again = again.replace('"group": "next-group"', '"group": "day-group"')
    answer = await console.post("/api/broadcasts", content=again)
    assert reason(answer)[:2] == (409, "retired_group")
