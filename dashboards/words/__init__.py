"""What the pages say, in Chinese and English: one catalogue."""

import tomllib
from functools import cache
from pathlib import Path

from schemas.broadcasts import Lang

CATALOGUE = Path(__file__).with_name("catalogue.toml")
LANGUAGES: tuple[Lang, ...] = ("zh", "en")


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
