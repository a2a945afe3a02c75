import re
import tomllib
from pathlib import Path

import pytest

from dashboards.words import CATALOGUE, LANGUAGES, choose_language, section_words, words

DASHBOARDS = CATALOGUE.parents[1]
SPOKEN = re.compile(r"""say\(\s*["'`]([a-z]+\.[a-z_]+)["'`]""")
PLACED = re.compile(r"\{\{([a-z_]+\.[a-z_]+)\}\}")
FILLED = re.compile(r"\{(\w+)\}")


def _sources(*patterns: str) -> str:
    files: list[Path] = [path for pattern in patterns for path in DASHBOARDS.glob(pattern)]
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(files))


def test_everything_is_said_in_both_languages() -> None:
    for section in tomllib.loads(CATALOGUE.read_text(encoding="utf-8")).values():
        for entry in section.values():
            assert set(entry) == set(LANGUAGES)
            assert all(entry.values())


def test_both_languages_are_filled_in_with_the_same() -> None:
    for key, said in words("zh").items():
        assert set(FILLED.findall(said)) == set(FILLED.findall(words("en")[key])), key


def test_what_scripts_say_and_templates_place_is_in_the_catalogue() -> None:
    used = set(SPOKEN.findall(_sources("static/js/*.js")))
    used |= set(PLACED.findall(_sources("pages/templates/*.html", "pages/*.py")))
    assert used
    assert used <= words("zh").keys()


def test_a_page_gets_the_sections_that_it_needs() -> None:
    assert set(section_words("en", ("live", "foot"))) == {
        key for key in words("en") if key.startswith(("live.", "foot."))
    }


@pytest.mark.parametrize(
    ("asked", "accepted", "chosen"),
    [
        ("en", "zh-CN,zh;q=0.9", "en"),
        ("zh", "en", "zh"),
        ("fr", "en", "en"),
        (None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, "en-GB,en;q=0.9,zh;q=0.8", "en"),
        (None, "zh;q=0.2,en;q=0.9", "en"),
        (None, "en;q=0,zh;q=0.1", "zh"),
        (None, "zh-Hant-TW", "zh"),
        (None, "fr-FR,fr;q=0.9", "en"),
        (None, "*", "zh"),
        (None, ";;q=,,", "zh"),
        (None, "en;q=much", "zh"),
        (None, None, "zh"),
    ],
)
def test_the_address_decides_the_language_then_the_browser_then_chinese(
    asked: str | None, accepted: str | None, chosen: str
) -> None:
    assert choose_language(asked, accepted) == chosen
