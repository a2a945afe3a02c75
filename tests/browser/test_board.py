"""The hall's board over a stand-in evening: what it shows, how it moves, how it fits."""

import asyncio
import random
import re
from itertools import pairwise

import pytest
from playwright.async_api import Browser, Page, expect

from dashboards.words import words
from tests.browser.chromium import visitor
from tests.browser.evening import Evening, county, silent, voted
from tests.browser.rehearsal import rehearsing

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

BOX = """nodes => nodes.map(node => {
    const {left, top, right, bottom, width, height} = node.getBoundingClientRect();
    return {left, top, right, bottom, width, height};
})"""
OVERFLOWING = """nodes => nodes.filter(node => node.clientWidth && (
    node.scrollWidth > node.clientWidth + 1 || node.scrollHeight > node.clientHeight + 2
)).map(node => node.textContent)"""


def _evening(count: int = 36, most: int = 900, seed: int = 7) -> Evening:
    return voted(county(count), most, random.Random(seed))


async def _texts(page: Page, selector: str) -> list[str]:
    return [text.strip() for text in await page.locator(selector).all_inner_texts()]


async def test_the_board_shows_rank_unit_score_and_n_as_published(browser: Browser) -> None:
    evening = _evening()
    async with rehearsing(evening) as (ports, _), visitor(browser, lang="en") as viewer:
        page = await viewer.open(f"{ports.url}/board")
        await expect(page.locator("#live")).to_have_text("Live")
        rows = [row for row in evening.board().rows if row.rank is not None]
        await expect(page.locator("#ranked .row")).to_have_count(len(rows))
        assert await _texts(page, "#ranked .rank b") == [str(row.rank) for row in rows]
        assert await _texts(page, "#ranked .name") == [evening.names[row.unit] for row in rows]
        assert await _texts(page, "#ranked .score") == [
            f"{(row.score or 0) / 100:.2f}" for row in rows
        ]
        assert await _texts(page, "#ranked .rated") == [f"{row.rated:,}" for row in rows]
        assert viewer.problems == []


async def test_the_bar_is_the_share_of_each_choice(browser: Browser) -> None:
    evening = _evening(3)
    async with rehearsing(evening) as (ports, _), visitor(browser) as viewer:
        page = await viewer.open(f"{ports.url}/board")
        first = evening.board().rows[0]
        assert first.counts is not None
        await expect(page.locator("#ranked .row")).to_have_count(3)
        widths = await page.locator("#ranked .row:first-child .segment").evaluate_all(
            "nodes => nodes.map(node => parseFloat(node.style.width))"
        )
        shares = [100 * count / first.ballots for count in first.counts.values()]
        assert widths == pytest.approx(shares, abs=0.13)


async def test_the_foot_names_status_formula_time_with_zone_and_log_position(
    browser: Browser,
) -> None:
    evening = _evening(3)
    async with rehearsing(evening) as (ports, _), visitor(browser, lang="en") as viewer:
        page = await viewer.open(f"{ports.url}/board")
        await expect(page.locator("#status")).to_have_text("Voting open")
        await expect(page.locator("#formula")).to_have_text("Formula satisfaction v1")
        await expect(page.locator("#as-of")).to_have_text(
            re.compile(r"^As of \d\d:\d\d:\d\d GMT\+8$")
        )
        await expect(page.locator("#position")).to_have_text(
            re.compile(r"^Log position 1 · [\d,]+$")
        )


@pytest.mark.parametrize(
    ("phase", "said"),
    [("closed", "Provisional"), ("finalised", "Final"), ("corrected", "Corrected")],
)
async def test_a_result_says_in_its_head_how_settled_it_is(
    browser: Browser, phase: str, said: str
) -> None:
    evening = _evening(3)
    evening.phase = phase  # type: ignore[assignment]
    async with rehearsing(evening) as (ports, _), visitor(browser, lang="en") as viewer:
        page = await viewer.open(f"{ports.url}/board")
        await expect(page.locator("#seal")).to_have_text(said)
        await expect(page.locator("#scan")).to_be_hidden()


async def test_ties_share_a_rank_and_say_so(browser: Browser) -> None:
    evening = _evening(4)
    first, second, *_ = evening.counts
    evening.counts[second] = list(evening.counts[first])
    async with rehearsing(evening) as (ports, _), visitor(browser) as viewer:
        page = await viewer.open(f"{ports.url}/board")
        await expect(page.locator("#ranked .row").first).to_be_visible()
        ranks = [row.rank for row in evening.board().rows]
        tied = [rank for rank in ranks if ranks.count(rank) > 1]
        assert len(tied) == 2
        said = await _texts(page, "#ranked .tie")
        assert [text for text in said if text] == ["并列", "并列"]


async def test_units_below_the_minimum_stand_apart_with_their_number(browser: Browser) -> None:
    evening = _evening(6)
    last = evening.broadcast.units[-1]
    evening.counts[last.id] = [5, 4, 2, 1, 3]
    async with rehearsing(evening) as (ports, _), visitor(browser, lang="en") as viewer:
        page = await viewer.open(f"{ports.url}/board")
        apart = page.locator("#apart .row")
        await expect(apart).to_have_count(1)
        await expect(apart.locator(".name")).to_have_text(last.name.en)
        await expect(apart.locator(".of")).to_have_text("12 of 30")
        await expect(apart.locator(".score")).to_be_hidden()
        await expect(page.locator("#ranked .row")).to_have_count(5)


async def test_a_row_glides_to_its_new_place_and_shows_how_far_it_moved(browser: Browser) -> None:
    evening = _evening(5)
    async with rehearsing(evening) as (ports, stage), visitor(browser, lang="en") as viewer:
        page = await viewer.open(f"{ports.url}/board")
        await expect(page.locator("#ranked .row")).to_have_count(5)
        last = evening.board().rows[-1].unit
        evening.counts[last] = [5_000, 0, 0, 0, 0]
        gliding = page.evaluate("""async () => {
            for (;;) {
                const glides = document.getAnimations().filter(each => each.id === "glide");
                if (glides.length) return glides.map(each => each.effect.getTiming().duration);
                await new Promise(requestAnimationFrame);
            }
        }""")
        await stage.publish()
        assert set(await gliding) == {400}
        first = page.locator("#ranked .row").first
        await expect(first.locator(".name")).to_have_text(evening.names[last])
        await expect(first.locator(".arrow")).to_have_text("▲4")
        await expect(page.locator("#ranked .row").nth(1).locator(".arrow")).to_have_text("▼1")
        assert viewer.problems == []


async def test_rows_rest_between_moves_and_what_is_shown_is_one_whole_edition(
    browser: Browser,
) -> None:
    evening = _evening(5)
    async with rehearsing(evening) as (ports, stage), visitor(browser, lang="en") as viewer:
        page = await viewer.open(f"{ports.url}/board")
        await expect(page.locator("#ranked .row")).to_have_count(5)
        await page.evaluate("""() => {
            const read = (part) => [...document.querySelectorAll(`#ranked .${part}`)].map(
                (node) => node.innerText.trim());
            window.seen = [];
            new MutationObserver(() => window.seen.push(
                {at: performance.now(), scores: read("score").map(Number)},
            )).observe(document.querySelector("#ranked"), {childList: true});
        }""")
        units = list(evening.counts)
        for turn in range(30):
            leader = units[turn % 5]
            evening.counts[leader] = [1_000 * (turn + 1), 0, 0, turn, 0]
            await stage.publish()
            await asyncio.sleep(0.1)
        newest = [evening.names[row.unit] for row in evening.board().rows]
        await expect(page.locator("#ranked .name")).to_have_text(newest)
        seen = await page.evaluate("window.seen")
        assert 2 <= len(seen) <= 5
        assert all(later["at"] - earlier["at"] >= 1_100 for earlier, later in pairwise(seen))
        assert all(each["scores"] == sorted(each["scores"], reverse=True) for each in seen)


async def test_nothing_glides_for_those_who_asked_for_stillness(browser: Browser) -> None:
    evening = _evening(5)
    async with (
        rehearsing(evening) as (ports, stage),
        visitor(browser, lang="en", reduced_motion="reduce") as viewer,
    ):
        page = await viewer.open(f"{ports.url}/board")
        await expect(page.locator("#ranked .row")).to_have_count(5)
        last = evening.board().rows[-1].unit
        evening.counts[last] = [5_000, 0, 0, 0, 0]
        await stage.publish()
        await expect(page.locator("#ranked .row .name").first).to_have_text(evening.names[last])
        running = "document.getAnimations().filter(each => each.playState === 'running').length"
        assert await page.evaluate(running) == 0


@pytest.mark.parametrize("count", [1, 3, 10, 24, 36])
@pytest.mark.parametrize("size", ["hall", "laptop"])
async def test_a_hall_s_board_fits_its_screen_without_scrolling(
    browser: Browser, size: str, count: int
) -> None:
    evening = _evening(count)
    async with rehearsing(evening) as (ports, _), visitor(browser, size, lang="en") as viewer:
        page = await viewer.open(f"{ports.url}/board")
        rows = page.locator("#ranked .row")
        await expect(rows).to_have_count(count)
        boxes = await rows.evaluate_all(BOX)
        foot = await page.locator("footer").bounding_box()
        assert foot is not None
        height = (page.viewport_size or {})["height"]
        assert all(box["height"] >= height * 38 / 1080 for box in boxes)
        assert max(box["bottom"] for box in boxes) <= foot["y"] + 1
        assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        assert await page.locator("#ranked .score, #ranked .rated").evaluate_all(OVERFLOWING) == []


async def test_long_names_take_two_lines_and_stay_in_their_row(browser: Browser) -> None:
    broadcast = county(36, name_ends_with=" and its Subordinate Institutions")
    evening = voted(broadcast, 500, random.Random(3))
    async with rehearsing(evening) as (ports, _), visitor(browser, lang="en") as viewer:
        page = await viewer.open(f"{ports.url}/board")
        await expect(page.locator("#ranked .name .long").first).to_be_visible()
        inside = await page.locator("#ranked .row").evaluate_all("""rows => rows.every(row => {
            const [outer, inner] = [row, row.querySelector(".name span")].map(
                (node) => node.getBoundingClientRect());
            return inner.top >= outer.top - 1 && inner.bottom <= outer.bottom + 1;
        })""")
        assert inside


async def test_a_board_of_several_pages_turns_them_and_can_be_held(browser: Browser) -> None:
    evening = _evening(36)
    async with rehearsing(evening) as (ports, _), visitor(browser, lang="en") as viewer:
        page = await viewer.open(f"{ports.url}/board?rows=12", fake_clock=True)
        await expect(page.locator("#pages")).to_have_text("Page 1 of 3")
        await expect(page.locator("#ranked .row:visible")).to_have_count(12)
        await page.clock.fast_forward(12_100)
        await expect(page.locator("#pages")).to_have_text("Page 2 of 3")
        await expect(page.locator("#ranked .row:visible .rank b").first).to_have_text("13")
        await page.locator("#pages").click()
        await expect(page.locator("#pages")).to_have_attribute("aria-pressed", "true")


async def test_a_phone_shows_every_row_in_one_list(browser: Browser) -> None:
    evening = _evening(36)
    async with rehearsing(evening) as (ports, _), visitor(browser, "phone") as viewer:
        page = await viewer.open(f"{ports.url}/board")
        await expect(page.locator("#ranked .row:visible")).to_have_count(36)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_before_the_first_ballot_every_unit_waits_and_the_code_invites(
    browser: Browser,
) -> None:
    async with rehearsing(silent(county())) as (ports, _), visitor(browser) as viewer:
        page = await viewer.open(f"{ports.url}/board")
        await expect(page.locator("#apart .row")).to_have_count(36)
        await expect(page.locator("#below")).to_contain_text(words("zh")["empty.no_ballots"])
        await expect(page.locator("#scan")).to_be_visible()
        loaded = "() => document.querySelector('#code').naturalWidth > 0"
        await page.wait_for_function(loaded)


async def test_changes_of_rank_are_announced_politely(browser: Browser) -> None:
    evening = _evening(5)
    async with rehearsing(evening) as (ports, stage), visitor(browser, lang="en") as viewer:
        page = await viewer.open(f"{ports.url}/board")
        await expect(page.locator("#ranked .row")).to_have_count(5)
        assert await page.locator("#news").get_attribute("aria-live") == "polite"
        last = evening.board().rows[-1].unit
        evening.counts[last] = [5_000, 0, 0, 0, 0]
        await stage.publish()
        said = f"{evening.names[last]} is up to rank 1"
        await expect(page.locator("#news")).to_contain_text(said)
