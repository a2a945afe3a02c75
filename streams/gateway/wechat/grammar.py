"""Reads what a citizen typed: `<unit> <choice>`, a unit alone, or one of a few words.

Both sides are brought to one plain form: width, case, digits of any script, spaces and punctuation
no longer matter, but that a space between two digits stays, so `12 1` is a vote and `121` is not.
A question mark stays too: a question is no vote.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from schemas.ballots import Choice
from schemas.broadcasts import Lang, Unit

# No unit's name and choice is longer; normalising and matching grow with it
LONGEST_TEXT = 200

CHOICE_WORDS: dict[Choice, tuple[str, ...]] = {
    Choice.VERY_SATISFIED: ("1", "非常满意", "很满意", "十分满意", "非常滿意", "very satisfied"),
    Choice.SATISFIED: ("2", "满意", "滿意", "satisfied"),
    Choice.AVERAGE: ("3", "一般", "average", "neutral"),
    Choice.NOT_SATISFIED: (
        "4",
        "不满意",
        "很不满意",
        "非常不满意",
        "不滿意",
        "not satisfied",
        "dissatisfied",
        "unsatisfied",
        "very dissatisfied",
    ),
    Choice.NOT_APPLICABLE: ("5", "不适用", "不了解", "不適用", "not applicable", "n/a"),
}

RESULTS_WORDS = (
    "结果",
    "投票结果",
    "排名",
    "排行",
    "排行榜",
    "結果",
    "results",
    "result",
    "ranking",
)
UNITS_WORDS = ("单位", "单位列表", "名单", "列表", "units", "list")


class Pick(NamedTuple):
    """A unit, and the choice on it when one was made."""

    unit: str
    choice: Choice | None


def plain(text: str) -> str:
    """Bring a text to the form in which it is compared."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    words = "".join(_plain_character(character) for character in folded).split()
    joined = ""
    for word in words:
        between_digits = joined[-1:].isdecimal() and word[0].isdecimal()
        joined += f" {word}" if between_digits else word
    return joined


def _plain_character(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category in ("Cf", "Me") or character == "\ufe0f":
        return ""
    if category[0] in "ZC" or character in "+=|~" or (category[0] == "P" and character != "?"):
        return " "
    return character


CHOICES_PLAIN: tuple[tuple[str, Choice], ...] = tuple(
    sorted(
        ((plain(word), choice) for choice, words in CHOICE_WORDS.items() for word in words),
        key=lambda entry: len(entry[0]),
    )
)
RESULTS_PLAIN = frozenset(map(plain, RESULTS_WORDS))
UNITS_PLAIN = frozenset(map(plain, UNITS_WORDS))


@dataclass(frozen=True, slots=True)
class Names:
    """What each unit of a round may be called; a name that two units share is nobody's."""

    units: dict[str, str]

    @classmethod
    def of(cls, units: Iterable[Unit]) -> "Names":
        """Collect the numbers, names and aliases of units."""
        owners: dict[str, set[str]] = {}
        for unit in units:
            for name in (str(unit.number), unit.name.zh, unit.name.en, *unit.aliases):
                owners.setdefault(_unpadded(plain(name)), set()).add(unit.id)
        return cls({name: min(ids) for name, ids in owners.items() if name and len(ids) == 1})

    def read(self, text: str) -> Pick | None:
        """Understand a text as a vote, or as a unit alone; the longest name that fits wins."""
        if len(text) > LONGEST_TEXT:
            return None
        compact = _unpadded(plain(text))
        if unit := self.units.get(compact):
            return Pick(unit, None)
        for word, choice in CHOICES_PLAIN:
            if unit := self._named_before(compact, word):
                return Pick(unit, choice)
        return None

    def _named_before(self, compact: str, word: str) -> str | None:
        if not compact.endswith(word):
            return None
        name = compact[: -len(word)]
        if word.isdecimal() and name[-1:].isdecimal():
            return None
        return self.units.get(name.removesuffix(" "))


def _unpadded(compact: str) -> str:
    """Drop the zeros before a leading number: 012 is 12."""
    stripped = compact.lstrip("0")
    return stripped if stripped != compact and stripped[:1].isdecimal() else compact


def read_request(text: str) -> Literal["results", "units"] | None:
    """Whether a text asks for the results or for the list of units."""
    compact = plain(text[:LONGEST_TEXT])
    if compact in RESULTS_PLAIN:
        return "results"
    return "units" if compact.rstrip("0123456789") in UNITS_PLAIN else None


def read_page(text: str) -> int:
    """The page of the list that a text like `list 2` asks for; 1 when it names none."""
    compact = plain(text[:LONGEST_TEXT])
    digits = compact[len(compact.rstrip("0123456789")) :]
    # 999: more pages than any list of units has, and a number of known width in a link
    return min(max(int(digits or 1), 1), 999)


def language_of(text: str) -> Lang:
    """The language of a text: English when it has Latin letters and no Chinese ones."""
    shown = unicodedata.normalize("NFKC", text[:LONGEST_TEXT])
    if any("\u3400" <= character <= "\u9fff" for character in shown):
        return "zh"
    return "en" if any(character.isascii() and character.isalpha() for character in shown) else "zh"
