import re

import pytest

from schemas.ballots import Choice
from schemas.boards import Board, Row
from schemas.broadcasts import Text
from schemas.formulas import FormulaRef
from streams.gateway.wechat.chat import choices, clock, counted, guide, hundredths, results
from streams.gateway.wechat.grammar import Names, Pick, language_of, read_page
from tests.support.wechat import COUNTY, OPENED_AT, ROUND, many_units, open_county, the_round

HOUSING = COUNTY.units[0]
LINK = re.compile(r'<a href="weixin://bizmsgmenu\?msgmenucontent=([^"&]+)&msgmenuid=(\d+)">')


def row(unit: str, rank: int | None, score: int | None) -> Row:
    status = "ranked" if rank else "below_minimum"
    return Row(unit, rank, rank, rank, score, None, None, 0, 0, status)


def board(rows: list[Row], status="live", title="群众满意度") -> Board:
    return Board(
        f"satisfaction:{ROUND}",
        1,
        OPENED_AT,
        status,
        FormulaRef("satisfaction", 1),
        {},
        rows,
        ROUND,
        "county-2026",
        Text(title),
        30,
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_unit_comes_with_five_taps_that_vote_in_the_citizens_language(lang):
    names = Names.of(COUNTY.units)
    taps = [sent for sent, _ in LINK.findall(choices(HOUSING, lang))]
    assert [names.read(sent) for sent in taps] == [Pick("housing", choice) for choice in Choice]
    assert lang == "zh" or {language_of(sent) for sent in taps} == {"en"}


def test_a_tap_sends_number_and_choice():
    expected = '<a href="weixin://bizmsgmenu?msgmenucontent=12 1&msgmenuid=1">非常满意</a>'
    assert expected in choices(HOUSING, "zh")
    assert choices(HOUSING, "zh").startswith("12 住房和城乡建设局\n")


def test_a_counted_vote_is_said_as_it_was_understood():
    text = counted(HOUSING, Choice.NOT_SATISFIED, "r-1", "en")
    assert "Counted: 12 Housing Bureau, Not satisfied." in text
    assert "r-1" in text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_short_list_is_all_taps(lang):
    text = guide(the_round(open_county()), lang)
    sent = [sent for sent, _ in LINK.findall(text)]
    assert [Names.of(COUNTY.units).read(text) for text in sent] == [
        Pick("transport", None),
        Pick("housing", None),
        Pick("river", None),
    ]


def test_a_county_of_36_units_fits_one_reply():
    text = guide(the_round(open_county(many_units(36, "住房和城乡建设"))), "zh")
    assert all(f"\n{number} " in text for number in range(1, 37))
    assert len(text.encode()) <= 2_048


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_long_list_comes_in_pages_that_name_every_unit_once(lang):
    voting_round = the_round(open_county(many_units(120)))
    seen: list[int] = []
    page, pages = 1, 99
    while page <= pages:
        text = guide(voting_round, lang, page=page)
        assert len(text.encode()) <= 2_048
        seen += [int(number) for number in re.findall(r"^(\d+) (?:一个|Bureau)", text, re.M)]
        following = [sent for sent, _ in LINK.findall(text)]
        pages = read_page(following[0]) if following else page
        page += 1
    assert seen == list(range(1, 121))


def test_a_page_past_the_end_is_the_last_one():
    voting_round = the_round(open_county(many_units(120)))
    assert guide(voting_round, "zh", page=999).endswith("120 " + many_units(120).units[-1].name.zh)


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("live", "投票还在进行"),
        ("provisional", "尚未最终确定"),
        ("final", "最终结果"),
        ("corrected", "已更正"),
    ],
)
def test_results_say_what_they_are_worth_and_as_of_when(status, told):
    shown = board([row("housing", 1, 8750), row("river", None, None)], status)
    text = results(shown, the_round(open_county()), "zh")
    assert told in text
    assert "截至 01-15 16:00:00（北京时间）" in text
    assert "1. 住房和城乡建设局 87.50 分" in text
    assert "有效票不足 30 张、暂不排名的单位：1 个。" in text


def test_results_show_the_first_ten_and_say_so():
    voting_round = the_round(open_county(many_units(36)))
    rows = [row(f"u{n}", n, 9000 - n) for n in range(1, 37)]
    text = results(board(rows), voting_round, "en")
    assert "10. Bureau of things 10 89.90" in text
    assert "11. " not in text
    assert "36 units are ranked; these are the first 10." in text


def test_results_of_long_names_are_cut_to_what_one_reply_takes():
    voting_round = the_round(open_county(many_units(20, "长" * 190)))
    rows = [row(f"u{n}", n, 9000 - n) for n in range(1, 21)]
    text = results(board(rows, title="题" * 200), voting_round, "zh")
    assert len(text.encode()) <= 2_048
    assert "以上是前 2 名" in text


def test_scores_and_times_are_shown_as_people_read_them():
    assert [hundredths(score) for score in (0, 5, 8750, 10_000)] == [
        "0.00",
        "0.05",
        "87.50",
        "100.00",
    ]
    assert clock(0) == "01-01 08:00:00"
