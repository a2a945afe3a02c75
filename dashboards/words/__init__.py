"""What the pages say, in Chinese and English: one catalogue."""

import tomllib
from functools import cache
from pathlib import Path

from schemas.broadcasts import Lang

CATALOGUE = Path(__file__).with_name("catalogue.toml")
LANGUAGES: tuple[Lang, ...] = ("zh", "en")
NAMES: dict[Lang, str] = {"zh": "中文", "en": "English"}


@cache
def words(lang: Lang) -> dict[str, str]:
    """Everything that can be said in a language, by `section.word`."""
    sections = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    return {
        f"{section}.{word}": said[lang]
        for section, entries in sections.items()
        for word, said in entries.items()
    }


def section_words(lang: Lang, sections: tuple[str, ...]) -> dict[str, str]:
    """The words of some sections only, for a page that needs no more."""
    return {key: said for key, said in words(lang).items() if key.split(".", 1)[0] in sections}


def choose_language(asked: str | None, accepted: str | None) -> Lang:
    """The language of a page: `?lang=` first, then Accept-Language, else Chinese.

    A reader whose languages we do not have gets English.
    """
    for lang in LANGUAGES:
        if asked == lang:
            return lang
    wanted = _preferences(accepted or "")
    for tag in wanted:
        for lang in LANGUAGES:
            if tag == lang or tag.startswith(f"{lang}-"):
                return lang
    return "en" if wanted and wanted != ["*"] else "zh"


def _preferences(header: str) -> list[str]:
    """Language tags by weight, the best first (RFC 9110, section 12.5.4)."""
    weighted: list[tuple[float, str]] = []
    for part in header.lower().split(","):
        tag, _, weight = part.partition(";")
        quality = _quality(weight)
        if tag.strip() and quality > 0:
            weighted.append((quality, tag.strip()))
    weighted.sort(key=lambda entry: -entry[0])
    return [tag for _, tag in weighted]


def _quality(parameter: str) -> float:
    name, _, number = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(number)
    except ValueError:
        return 0.0
