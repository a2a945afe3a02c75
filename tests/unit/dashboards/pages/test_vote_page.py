import gzip
import re
from base64 import b64encode
from hashlib import sha256
from typing import Any

import pytest

from agents.reducers.rounds import Broadcasts, VotingRound, step
from dashboards.vote_page import Pages, compact_script, compact_style
from dashboards.words import words
from schemas.ballots import CHOICES, Choice
from schemas.broadcasts import Broadcast, Door, Round, Text, Unit
from schemas.facts import BroadcastLoaded, RoundClosed, RoundOpened
from streams.gateway.pages import VoteError, VoteView

RECEIPT = "0123456789abcdef0123"
PAGES = Pages()


def _round(*, opened: bool = True, accepts: tuple[Door, ...] = ("web",), count: int = 3) -> Any:
    units = [
        Unit(f"u{n}", n, "department" if n % 2 else "township", Text(f"单位{n}", f"Unit <{n}>"))
        for n in range(1, count + 1)
    ]
    definition = Round("r1", Text("评议", "Review"), accepts=list(accepts))
    state = Broadcasts()
    step(
        state, 0, BroadcastLoaded(at=1, broadcast=Broadcast("b1", Text("县"), units, [definition]))
    )
    if opened:
        step(state, 1, RoundOpened(at=2, round="r1", votes_from={}, closes_at=1_760_000_000_000))
    return state


def _view(state: Broadcasts | None = None, unit: str | None = None, **more: Any) -> VoteView:
    state = state or _round()
    shown: VotingRound = state.rounds["r1"]
    known: dict[str, Any] = {
        "lang": "zh",
        "rounds": state.open_rounds(10),
        "round": shown,
        "unit": shown.units[unit] if unit else None,
        "choice": None,
        "receipt": None,
        "error": None,
        "now": 10,
    }
    return VoteView(**known | more)


def _draw(view: VoteView) -> str:
    return PAGES.vote(view).decode()


def _main(page: str) -> str:
    return page[page.index("<main>") : page.index("</main>")]


def test_a_unit_has_five_buttons_in_one_plain_form() -> None:
    page = _main(_draw(_view(unit="u1")))
    assert page.count("<form") == 1
    assert 'method="post" action="/vote?lang=zh"' in page
    assert re.findall(r'name="choice" value="(\w+)"', page) == list(CHOICES)
    assert 'name="round" value="r1"' in page
    assert 'name="unit" value="u1"' in page
    for choice in CHOICES:
        assert words("zh")[f"choice.{choice}"] in page


def test_a_counted_ballot_is_marked_and_shows_its_receipt() -> None:
    page = _main(_draw(_view(unit="u1", choice=Choice.AVERAGE, receipt=RECEIPT)))
    assert "0123-4567-89ab-cdef-0123" in page
    assert words("zh")["vote.counted"] in page
    assert page.count('aria-pressed="true"') == 1
    assert 'class="average chosen"' in page


def test_a_refused_ballot_is_not_marked_and_says_why() -> None:
    page = _main(_draw(_view(unit="u1", choice=Choice.AVERAGE, error="try_again")))
    assert words("zh")["vote_error.try_again"] in page
    assert 'aria-pressed="true"' not in page


@pytest.mark.parametrize("error", VoteError.__args__)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_refusal_has_its_words(lang: str, error: VoteError) -> None:
    assert words(lang)[f"vote_error.{error}"] in _draw(_view(lang=lang, error=error))  # type: ignore[arg-type]


def test_without_a_unit_all_of_them_are_listed_by_number_and_kind() -> None:
    page = _main(_draw(_view(lang="en")))
    assert re.findall(r'data-unit="(u\d)"', page) == ["u1", "u3", "u2"]
    assert page.index("Departments") < page.index("Unit &lt;1&gt;") < page.index("Townships")
    assert "/vote?round=r1&amp;unit=u2&amp;lang=en" in page


def test_a_unit_is_found_by_number_name_or_alias_of_either_language() -> None:
    assert 'data-find="1 单位1 unit &lt;1&gt;"' in _draw(_view())


def test_after_one_unit_comes_the_next_and_after_the_last_none() -> None:
    assert "unit=u2" in _main(_draw(_view(unit="u1")))
    assert 'class="go"' not in _main(_draw(_view(unit="u3")))


def test_a_round_that_is_over_says_so_and_its_buttons_are_off() -> None:
    state = _round()
    step(state, 2, RoundClosed(at=5, round="r1"))
    page = _main(_draw(_view(state, unit="u1")))
    assert words("zh")["vote.ended"] in page
    assert page.count(" disabled") == 5


def test_a_round_that_has_not_begun_says_so() -> None:
    assert words("zh")["vote.not_begun"] in _draw(_view(_round(opened=False), unit="u1"))


def test_a_round_that_takes_no_web_ballots_says_so_and_its_buttons_are_off() -> None:
    page = _main(_draw(_view(_round(accepts=("wechat",)), unit="u1")))
    assert words("zh")["vote_error.door_not_accepted"] in page
    assert page.count(" disabled") == 5


def test_with_nothing_open_it_says_what_to_do() -> None:
    page = _main(_draw(_view(rounds=[], round=None)))
    assert words("zh")["vote.none_open"] in page
    assert 'href="/vote?lang=zh"' in page


def test_an_unknown_round_offers_those_that_are_open() -> None:
    page = _main(_draw(_view(round=None, error="unknown_round")))
    assert words("zh")["vote_error.unknown_round"] in page
    assert "round=r1" in page


def test_names_cannot_break_out_of_the_page() -> None:
    assert "Unit <1>" not in _draw(_view(lang="en"))


def test_the_other_language_keeps_round_and_unit_and_sends_nothing_again() -> None:
    page = _draw(_view(unit="u1", choice=Choice.AVERAGE, receipt=RECEIPT))
    assert 'href="/vote?round=r1&amp;unit=u1&amp;lang=en"' in page


def test_nothing_runs_in_the_page_but_what_its_policy_names() -> None:
    page = _draw(_view(unit="u1"))
    policy = re.search(r'content-security-policy" content="([^"]*)"', page)
    assert policy
    for tag in ("style", "script"):
        inline = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        assert inline
        digest = b64encode(sha256(inline[1].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy[1]
    assert not re.search(r"""\s(?:on[a-z]+|style)=["']""", page)


def test_the_page_asks_for_nothing_more_over_the_line() -> None:
    page = _draw(_view(unit="u1"))
    assert not re.search(r"<(?:link|img|iframe)|\bsrc=|url\(|@import", page)


def test_a_county_s_list_is_light_also_unsqueezed() -> None:
    page = PAGES.vote(_view(_round(count=36)))
    assert len(page) < 16_000
    assert len(gzip.compress(page)) < 5_000


def test_a_compact_script_keeps_every_word_of_the_source() -> None:
    assert compact_script("  a {\n\n    b: c;\n  // gone\n  }\n") == "a {\nb: c;\n}"


def test_a_compact_style_brings_the_tokens_that_it_uses_and_no_others() -> None:
    tokens = ":root {\n  --ink: #000000;\n  --paper: #ffffff;\n}"
    style = "/* gone */\na > b, c :hover { color: var(--ink); margin: 0 1px; }\n"
    assert compact_style(tokens, style) == (
        ":root{--ink:#000000}a > b,c :hover{color:var(--ink);margin:0 1px}"
    )


def test_a_rehearsals_page_says_that_its_votes_count_in_a_rehearsal_only() -> None:
    assert ">排练</b>" in Pages(rehearsal=True).vote(_view()).decode()
    assert "排练" not in PAGES.vote(_view()).decode()
