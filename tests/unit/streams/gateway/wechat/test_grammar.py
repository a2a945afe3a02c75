import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.ballots import Choice
from schemas.broadcasts import Text, Unit
from streams.gateway.wechat.grammar import (
    CHOICE_WORDS,
    Names,
    Pick,
    language_of,
    read_page,
    read_request,
)
from tests.support.wechat import COUNTY

NAMES = Names.of(COUNTY.units)
VERY, SATISFIED, AVERAGE, NOT, NONE = Choice


@pytest.mark.parametrize(
    ("text", "unit", "choice"),
    [
        ("12 1", "housing", VERY),
        ("１２　１", "housing", VERY),
        ("  12\n5 ", "housing", NONE),
        ("12，3", "housing", AVERAGE),
        ("12-4", "housing", NOT),
        ("012 2", "housing", SATISFIED),
        ("١٢ ٢", "housing", SATISFIED),
        ("12 ①", "housing", VERY),
        ("12 1\ufe0f\u20e3", "housing", VERY),
        ("12非常满意", "housing", VERY),
        ("12 不满意", "housing", NOT),
        ("12 一般！", "housing", AVERAGE),
        ("住建局 满意", "housing", SATISFIED),
        ("住建局满意", "housing", SATISFIED),
        ("住建局1", "housing", VERY),
        ("住建局 １", "housing", VERY),
        ("住房和城乡建设局 不适用", "housing", NONE),
        ("housing bureau very satisfied", "housing", VERY),
        ("HousingBureau  Very  Satisfied", "housing", VERY),
        ("ＨＯＵＳＩＮＧ ＢＵＲＥＡＵ dissatisfied", "housing", NOT),
        ("Housing Bureau not applicable.", "housing", NONE),
        ("Housing Bureau: N/A", "housing", NONE),
        ("12 very_satisfied", "housing", VERY),
        ("12 not satisfied", "housing", NOT),
        ("21 average", "river", AVERAGE),
        ("2 1", "transport", VERY),
        ("交通運輸局", None, None),
        ("河口滿意", "river", SATISFIED),
        ("12", "housing", None),
        ("住建局", "housing", None),
        ("“河口镇”", "river", None),
    ],
)
def test_a_citizen_is_understood(text, unit, choice):
    assert NAMES.read(text) == (Pick(unit, choice) if unit else None)


@pytest.mark.parametrize(
    "text",
    [
        "121",
        "12\u200b1",
        "1 2 1",
        "12 6",
        "12 0",
        "12 11",
        "1 12",
        "满意 12",
        "满意",
        "住建局满意？",
        "12 1?",
        "住建局满意吗",
        "99 1",
        "",
        "   ",
        "0",
        "12 满意 满意",
        "你好",
        "12 " + "1" * 300,
    ],
)
def test_what_is_no_vote_is_not_taken_for_one(text):
    assert NAMES.read(text) is None


def test_the_longest_name_that_fits_wins():
    names = Names.of(
        [
            Unit("short", 1, "department", Text("开发"), ["zone"]),
            Unit("long", 2, "department", Text("开发区"), ["zone 3"]),
            Unit("odd", 3, "department", Text("开发区不"), []),
        ]
    )
    assert names.read("开发区满意") == Pick("long", SATISFIED)
    assert names.read("开发满意") == Pick("short", SATISFIED)
    assert names.read("开发区不满意") == Pick("odd", SATISFIED)
    assert names.read("zone 3") == Pick("long", None)
    assert names.read("zone 3 1") == Pick("long", VERY)
    assert names.read("zone 31") is None


def test_a_name_of_two_units_is_nobodys():
    names = Names.of(
        [
            Unit("a", 1, "department", Text("甲局"), ["水务"]),
            Unit("b", 2, "department", Text("乙局"), ["水务", "1"]),
        ]
    )
    assert names.read("水务 1") is None
    assert names.read("1 1") is None
    assert names.read("2 1") == Pick("b", VERY)


CHARACTERS = "建设局水利开发区交通zone city3"
FEW_NAMES = st.lists(
    st.text(CHARACTERS, min_size=1, max_size=5).filter(str.strip),
    min_size=1,
    max_size=5,
    unique=True,
)


def squeezed(text: str) -> str:
    return re.sub(r"[^\w?]|_", "", unicodedata.normalize("NFKC", text).casefold())


WORDS = {squeezed(word): choice for choice, words in CHOICE_WORDS.items() for word in words}


def obvious(names: dict[str, str], text: str) -> Pick | None:
    """Cut the text at every place: a name before it, a choice (or nothing) after it."""
    known = {squeezed(name): unit for name, unit in names.items()}
    found: list[tuple[int, Pick]] = []
    for cut in range(len(text) + 1):
        name, word = squeezed(text[:cut]), squeezed(text[cut:])
        glued = text[:cut][-1:].isdecimal() and text[cut:][:1].isdecimal()
        if name in known and (not word or word in WORDS) and not glued:
            found.append((len(name), Pick(known[name], WORDS.get(word))))
    return max(found, key=lambda entry: entry[0])[1] if found else None


@given(
    FEW_NAMES,
    st.data(),
    st.sampled_from(["", " ", "　", "，"]),
    st.sampled_from([word for words in CHOICE_WORDS.values() for word in words] + ["", "区", "不"]),
)
def test_the_grammar_agrees_with_a_slow_obvious_one(raw, data, gap, word):
    named = {"".join(name.split()): name for name in raw}
    units = [Unit(f"u{n}", 900 + n, "department", Text(name), []) for n, name in enumerate(named)]
    names = {unit.name.zh: unit.id for unit in units}
    names |= {str(unit.number): unit.id for unit in units}
    text = data.draw(st.sampled_from(sorted(names))) + gap + word
    assert Names.of(units).read(text) == obvious(names, text)


def test_results_and_the_list_are_asked_for_by_a_word():
    for text in ("结果", " 结果！", "RESULTS", "Ｒｅｓｕｌｔｓ", "排行榜"):
        assert read_request(text) == "results"
    for text in ("单位", "单位 2", "units", "List 3"):
        assert read_request(text) == "units"
    for text in ("", "2", "结果呢", "单位满意", "help"):
        assert read_request(text) is None


def test_a_page_is_a_number_after_the_word():
    assert [read_page(text) for text in ("单位", "单位 2", "units 03", "units 0")] == [1, 2, 3, 1]
    assert read_page("单位" + "9" * 500) == 999


def test_the_language_is_that_of_what_was_typed():
    assert [language_of(text) for text in ("12 1", "", "👍", "住建局 ok", "满意")] == ["zh"] * 5
    assert [language_of(text) for text in ("help", "12 satisfied", "ＯＫ")] == ["en"] * 3
