"""Decides what to do with a citizen's message: say something, cast a vote, or keep silent."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from agents.reducers.rounds import Broadcasts, VotingRound
from schemas.ballots import Choice
from schemas.boards import Board
from schemas.broadcasts import Lang, Unit
from streams.gateway.wechat.chat import choices, guide, results, short_help
from streams.gateway.wechat.grammar import Names, language_of, read_page, read_request
from streams.gateway.wechat.parse import Message
from streams.gateway.wechat.words import say

# WeChat tries three times, 5 s each: the last try of a message made in time ends by then
LATE_MS = 15_000
# CreateTime is told to the second: the message was made so much after it at the latest
SECOND_MS = 999
SCENE_PREFIX = "qrscene_"
UNIT_PREFIX = "unit:"


class Say(NamedTuple):
    """A text for the citizen, and a word for the counters."""

    text: str
    outcome: str


class Cast(NamedTuple):
    """A vote as it was understood, and the language of the citizen."""

    voting_round: VotingRound
    unit: Unit
    choice: Choice
    lang: Lang


Answer = Say | Cast | None


@dataclass(frozen=True, slots=True)
class Known:
    """What the gateway knows when a message arrives at `now` (ms)."""

    broadcasts: Broadcasts
    board: Callable[[VotingRound], Board | None]
    names: Callable[[VotingRound], Names]
    now: int


def decide(message: Message, known: Known) -> Answer:
    """Decide on one message; None is silence."""
    if message.kind == "text":
        return _on_text(message, known)
    if message.kind == "event":
        return _on_event(message, known)
    voting_round = round_for(known.broadcasts, message.created_at, known.now)
    units = list(voting_round.units.values()) if voting_round else []
    return Say(short_help(units, "zh"), "not_text")


def _on_text(message: Message, known: Known) -> Answer:
    lang = language_of(message.text)
    request = read_request(message.text)
    if request == "results":
        return _results(message, known, lang)
    voting_round = round_for(known.broadcasts, message.created_at, known.now)
    if voting_round is None:
        return Say(_not_open(known, lang), "round_not_open")
    if request == "units":
        return Say(guide(voting_round, lang, page=read_page(message.text)), "list")
    pick = known.names(voting_round).read(message.text)
    if pick is None:
        return Say(guide(voting_round, lang), "help")
    unit = voting_round.units[pick.unit]
    if pick.choice is None:
        return Say(choices(unit, lang), "menu")
    return Cast(voting_round, unit, pick.choice, lang)


def _on_event(message: Message, known: Known) -> Answer:
    match message.event:
        case "subscribe":
            key = message.event_key.removeprefix(SCENE_PREFIX)
            return _on_key(message, known, key, say("zh", "welcome"))
        case "scan" | "click":
            return _on_key(message, known, message.event_key, "")
        case _:
            return None


def _on_key(message: Message, known: Known, key: str, first: str) -> Answer:
    if read_request(key) == "results":
        return _results(message, known, "zh")
    voting_round = round_for(known.broadcasts, message.created_at, known.now)
    if voting_round is None:
        return Say(f"{first}{_not_open(known, 'zh')}", "round_not_open")
    unit = _unit_of(key, voting_round, known)
    if unit is not None:
        return Say(choices(unit, "zh"), "menu")
    if key and read_request(key) is None:
        first += say("zh", "unknown_unit")
    return Say(guide(voting_round, "zh", first=first), "list")


def _unit_of(key: str, voting_round: VotingRound, known: Known) -> Unit | None:
    if key.startswith(UNIT_PREFIX):
        return voting_round.units.get(key.removeprefix(UNIT_PREFIX))
    pick = known.names(voting_round).read(key)
    return voting_round.units[pick.unit] if pick and pick.choice is None else None


def round_for(broadcasts: Broadcasts, created_at: int, now: int) -> VotingRound | None:
    """The round that a message belongs to: open when it was made, and not closed for long.

    WeChat tells the time to the second, so a round that opened within that second counts as open.
    """
    found = broadcasts.round_open_at(created_at + SECOND_MS, "wechat")
    found = found or broadcasts.round_open_at(created_at, "wechat")
    if found is None or found.is_open(now):
        return found
    return found if now - _ended_at(found) <= LATE_MS else None


def _ended_at(voting_round: VotingRound) -> int:
    closed_at = None if voting_round.status == "open" else voting_round.closed_at
    ends = [end for end in (closed_at, voting_round.closes_at) if end is not None]
    return min(ends, default=0)


def _not_open(known: Known, lang: Lang) -> str:
    if known.broadcasts.open_rounds(known.now):
        return say(lang, "not_by_wechat")
    latest = _latest(known.broadcasts)
    if latest is None:
        return say(lang, "not_yet")
    return say(lang, "closed", title=latest.definition.title.said(lang))


def _results(message: Message, known: Known, lang: Lang) -> Say:
    voting_round = round_for(known.broadcasts, message.created_at, known.now) or _latest(
        known.broadcasts
    )
    board = known.board(voting_round) if voting_round else None
    if voting_round is None or board is None:
        return Say(say(lang, "no_results"), "results")
    return Say(results(board, voting_round, lang), "results")


def _latest(broadcasts: Broadcasts) -> VotingRound | None:
    opened = [entry for entry in broadcasts.rounds.values() if entry.opened_at is not None]
    return max(opened, key=lambda entry: (entry.opened_at or 0, entry.position), default=None)
