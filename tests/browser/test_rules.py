"""The pages' pure rules, asked in a real browser with many inputs."""

import random
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.browser.chromium import visitor
from tests.browser.rehearsal import rehearsing

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

HEAD, APART_HEAD = 40, 46


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    async with rehearsing(None) as (ports, _), visitor(browser) as asker:
        yield await asker.open(f"{ports.url}/board")


async def _ask(page: Page, module: str, rule: str, inputs: list[Any]) -> list[Any]:
    """What a rule answers to each list of arguments."""
    script = """async ([module, rule, inputs]) => {
        const rules = await import(`/static/js/${module}.js`);
        return inputs.map((each) => rules[rule](...each));
    }"""
    return await page.evaluate(script, [module, rule, inputs])


async def test_a_plan_has_room_for_every_unit_on_every_screen(page: Page) -> None:
    screens = [
        {"ranked": ranked, "apart": apart, "height": height}
        for ranked in (0, 1, 2, 5, 6, 7, 12, 13, 24, 36, 60, 200)
        for apart in (0, 1, 4, 12, 36)
        for height in (700, 780, 1_100)
    ]
    plans = await _ask(page, "layout", "arrange", [[screen] for screen in screens])
    for screen, plan in zip(screens, plans, strict=True):
        assert plan["pages"] * plan["perPage"] >= screen["ranked"], screen
        assert plan["columns"] * plan["rows"] >= plan["perPage"], screen
        assert not screen["ranked"] or plan["row"] >= 38, (screen, plan)
        apart = -(-screen["apart"] // plan["apartColumns"]) * plan["apartRow"]
        used = plan["rows"] * plan["row"] if screen["ranked"] else 0
        heads = (HEAD if screen["ranked"] else 0) + (APART_HEAD if screen["apart"] else 0)
        assert used + apart + heads <= screen["height"] + 1, (screen, plan)


async def test_a_county_of_36_stands_on_one_page_of_two_columns(page: Page) -> None:
    [plan] = await _ask(page, "layout", "arrange", [[{"ranked": 36, "apart": 0, "height": 790}]])
    assert (plan["columns"], plan["pages"], plan["rows"]) == (2, 1, 18)


async def test_an_axis_holds_every_interval_between_even_round_marks(page: Page) -> None:
    chance = random.Random(5)
    cases = [[]]
    for _ in range(300):
        ends = [sorted(chance.choices(range(10_001), k=2)) for _ in range(chance.randint(1, 9))]
        cases.append(ends)
    for intervals, axis in zip(
        cases, await _ask(page, "layout", "axis", [[case] for case in cases]), strict=True
    ):
        marks = axis["marks"]
        assert marks[0] == axis["from"] >= 0
        assert marks[-1] == axis["to"] <= 10_000
        assert 2 <= len(marks) <= 5
        assert len({b - a for a, b in pairwise(marks)}) == 1
        assert all(axis["from"] <= low and high <= axis["to"] for low, high in intervals)


async def test_what_is_shown_is_live_then_reconnecting_then_stale(page: Page) -> None:
    asked = [
        {"open": True, "heardAt": None, "now": 99_000},
        {"open": True, "heardAt": 1_000, "now": 1_500},
        {"open": False, "heardAt": 1_000, "now": 1_500},
        {"open": True, "heardAt": 1_000, "now": 9_000},
        {"open": False, "heardAt": 1_000, "now": 22_000},
        {"open": True, "heardAt": 1_000, "now": 22_000},
    ]
    answers = await _ask(page, "live", "liveState", [[each] for each in asked])
    states = ["connecting", "live", "reconnecting", "reconnecting", "stale", "stale"]
    assert [answer["state"] for answer in answers] == states


async def test_waits_double_and_differ_and_stay_under_ten_seconds(page: Page) -> None:
    waits = await _ask(page, "live", "backOff", [[n, r] for n in range(20) for r in (0, 0.999)])
    least, most = waits[::2], waits[1::2]
    assert least == sorted(least)
    assert all(low < high for low, high in zip(least, most, strict=True))
    assert least[0] >= 100
    assert max(most) <= 10_000


async def test_movement_is_counted_from_a_minute_ago_or_since_the_page_began(page: Page) -> None:
    found = await page.evaluate("""async () => {
        const {remember, moved} = await import("/static/js/movement.js");
        const memory = [];
        const ranks = (a, b) => new Map([["a", a], ["b", b]]);
        remember(memory, 0, ranks(2, 1));
        const early = moved(memory, "a", 1);
        for (let at = 1_000; at <= 59_000; at += 1_000) remember(memory, at, ranks(1, 2));
        const still = moved(memory, "a", 1);
        remember(memory, 61_500, ranks(1, 2));
        return {early, still, later: moved(memory, "a", 1), fell: moved(memory, "b", 4),
                fresh: moved(memory, "c", 3), kept: memory.length};
    }""")
    assert found["early"] == 1
    assert found["still"] == 1
    assert found["later"] == 0
    assert found["fell"] == -2
    assert found["fresh"] is None
    assert found["kept"] <= 62


async def test_a_length_is_read_as_people_write_it(page: Page) -> None:
    texts = ["5", "5:30", "5：30", " 0:45 ", "90:00", "1:00:00", "", "5:60", "5:3", "-5", "5.5"]
    found = await _ask(page, "slot_form", "lengthOf", [[text] for text in texts])
    seconds = [300, 330, 330, 45, 5_400, 3_600]
    assert found == [*(1_000 * each for each in seconds), *[None] * 5]


async def test_a_planned_time_is_of_the_day_that_makes_it_nearest(page: Page) -> None:
    noon = 1_767_240_000_000  # 2026-01-01 12:00 in Shanghai
    evening, hour = noon + 11 * 3_600_000, 3_600_000
    asked = [["09:05", noon], ["00:30", evening], ["22:00", evening], ["23:30", noon - 11 * hour]]
    found = await _ask(page, "slot_form", "timeNear", asked)
    assert [(at - near) / hour for at, (_, near) in zip(found, asked, strict=True)] == [
        pytest.approx(-2 - 55 / 60),
        1.5,
        -1,
        -1.5,
    ]


async def test_a_screen_has_a_moment_to_follow_what_is_new(page: Page) -> None:
    news = [{"seq": 7, "at": 0}, {"seq": 8, "at": 5_000}, {"seq": 9, "at": 5_900}]
    found = await _ask(page, "screens", "followed", [[news, at] for at in (5_000, 6_600, 9_000)])
    assert found == [7, 8, 9]
