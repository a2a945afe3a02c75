"""A broadcast: one live event with its units, rounds, groups, slots, panels and evaluators."""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from schemas.formulas import SATISFACTION_V1, Formula
from schemas.ids import Id, Millis

Lang = Literal["zh", "en"]
Door = Literal["wechat", "partner", "web"]
Kind = Literal["department", "township"]
DOORS: tuple[Door, ...] = ("wechat", "partner", "web")


# A title, a name, a remark; no screen shows more of it
LONGEST_WORDS = 200

Words = Annotated[str, Meta(max_length=LONGEST_WORDS)]


class Text(Struct, frozen=True, forbid_unknown_fields=True):
    """Words for people, in one or both languages; what is missing is said in the other."""

    zh: Words = ""
    en: Words = ""

    def said(self, lang: str) -> str:
        """The words in `lang` (`zh` or `en`), or else in the other language."""
        return (self.en or self.zh) if lang == "en" else (self.zh or self.en)


class Unit(Struct, frozen=True, forbid_unknown_fields=True):
    """A department or township that citizens judge."""

    id: Id
    # four digits are what a citizen types into the chat
    number: Annotated[int, Meta(ge=1, le=9999)]
    kind: Kind
    name: Text
    # a name that is longer is no short one; the chat reads 200 characters in all
    aliases: list[Annotated[str, Meta(min_length=1, max_length=60)]] = []


class Round(Struct, frozen=True, forbid_unknown_fields=True):
    """A voting round as the file defines it; times in ms, null = by hand."""

    id: Id
    title: Text
    units: Literal["all"] | Annotated[list[Id], Meta(min_length=1)] = "all"
    formula: Id = "satisfaction"
    # below it one more ballot moves a score by more than 3 %, and a few voters could be guessed
    minimum_ballots: Annotated[int, Meta(ge=1)] = 30
    accepts: Annotated[list[Door], Meta(min_length=1)] = field(default_factory=lambda: list(DOORS))
    opens_at: Millis | None = None
    closes_at: Millis | None = None


class Group(Struct, frozen=True, forbid_unknown_fields=True):
    """Presentations that are ranked together."""

    id: Id
    title: Text
    formula: Id = "presentation"


class Slot(Struct, frozen=True, forbid_unknown_fields=True):
    """One place in the running order; a break has neither group nor unit."""

    id: Id
    group: Id | None = None
    unit: Id | None = None
    presenter: Text | None = None
    title: Text | None = None
    kind: Literal["presentation", "break"] = "presentation"
    planned_at: Millis | None = None
    # five minutes, as the townships have it; no slot is longer than a day
    allotted_ms: Annotated[int, Meta(ge=1_000, le=86_400_000)] = 300_000
    # ten seconds, as the townships have it
    warning_ms: Annotated[int, Meta(ge=0, le=3_600_000)] = 10_000
    deck: Words | None = None


class Panel(Struct, frozen=True, forbid_unknown_fields=True):
    """Evaluators whose marks are averaged together."""

    id: Id
    title: Text


class Evaluator(Struct, frozen=True, forbid_unknown_fields=True):
    """Someone who marks presentations; `units` are their own, recused there."""

    id: Id
    panel: Id
    name: Text
    units: list[Id] = []


class Broadcast(Struct, frozen=True, forbid_unknown_fields=True):
    """A whole broadcast, as loaded from its file (CONTRACT, A broadcast file)."""

    id: Id
    title: Text
    units: list[Unit] = []
    rounds: list[Round] = []
    groups: list[Group] = []
    slots: list[Slot] = []
    panels: list[Panel] = []
    evaluators: list[Evaluator] = []
    formulas: list[Formula] = []

    def units_of(self, voting_round: Round) -> list[Unit]:
        """The units of a round, by number."""
        chosen = None if voting_round.units == "all" else set(voting_round.units)
        units = [unit for unit in self.units if chosen is None or unit.id in chosen]
        return sorted(units, key=lambda unit: unit.number)

    def formula(self, formula_id: str) -> Formula | None:
        """The newest version of a formula: the file's own, or else the built-in one."""
        own = [formula for formula in self.formulas if formula.id == formula_id]
        if own:
            return max(own, key=lambda formula: formula.version)
        return SATISFACTION_V1 if formula_id == SATISFACTION_V1.id else None
