"""The parts of the vote page: the rounds to choose from, the units, the five buttons."""

from datetime import UTC, datetime
from urllib.parse import urlencode

from agents.reducers.rounds import VotingRound
from dashboards.pages.template import Markup, fill
from dashboards.words import words
from schemas.ballots import CHOICE_BY_WORD, CHOICES
from schemas.broadcasts import Lang, Unit
from streams.gateway.pages import VoteView

NOTICE = '<p class="notice" role="alert">{{text}}</p>'
NONE = """<div class="none"><h1>{{vote.none_open}}</h1><p>{{vote.none_open_next}}</p>
<a class="go" href="{{href}}">{{vote.again}}</a></div>"""
ROUNDS = '<h1>{{vote.choose_round}}</h1>\n<ul class="units">{{items}}</ul>'
ROUND = '<li><a href="{{href}}"><b>{{title}}</b></a></li>'
UNITS = """<h1>{{title}}</h1>
<p class="under">{{vote.choose_unit}} {{closes}}</p>
<input class="find" id="find" type="search" placeholder="{{vote.find}}" aria-label="{{vote.find}}" \
autocomplete="off" hidden>
<div id="units" data-round="{{round}}">{{groups}}</div>
<p class="none" id="nothing" role="status" hidden>{{vote.nothing_found}}</p>
{{others}}"""
GROUP = '<section><h2>{{title}}</h2><ul class="units">{{items}}</ul></section>'
UNIT = """<li><a href="{{href}}" data-unit="{{unit}}" data-find="{{find}}"><i>{{number}}</i>\
<b>{{name}}</b></a></li>
"""
OTHERS = '<h2>{{vote.other_rounds}}</h2><ul class="units">{{items}}</ul>'
BALLOT = """<a class="back" href="{{units}}">‹ {{vote.all_units}}</a>
<h1>{{name}}</h1>
<p class="under">{{vote.how}} {{closes}}</p>
<form class="{{state}}" id="ballot" method="post" action="{{action}}">
<input type="hidden" name="round" value="{{round}}"><input type="hidden" name="unit" \
value="{{unit}}">
<div class="choices">{{buttons}}</div>
</form>
<p class="said" id="said" role="status">{{said}}</p>
{{next}}"""
BUTTON = """<button class="{{choice}}{{chosen}}" name="choice" value="{{choice}}" \
aria-pressed="{{pressed}}"{{disabled}}><svg aria-hidden="true"><use href="#{{choice}}"/></svg>\
<span class="word">{{word}}</span><span class="mark"></span></button>
"""
COUNTED = """<b><i class="tick"></i>{{vote.counted}}</b><small>{{receipt}}</small>\
<small>{{vote.change}}</small>"""
NEXT = '<a class="go" href="{{href}}">{{text}}</a>'
CLOSES = '<time datetime="{{at}}" hidden></time>'


def paper(view: VoteView) -> Markup:
    """What stands on the page: the buttons of a unit, else the units, else the rounds."""
    notice = _notice(view)
    if view.round is None:
        return Markup(notice + _rounds(view))
    if view.unit is None:
        return Markup(notice + _units(view, view.round))
    return Markup(notice + _ballot(view, view.round, view.unit))


def link(lang: Lang, **fields: str) -> str:
    """The page's address with some fields, in a language."""
    return "/vote?" + urlencode({**fields, "lang": lang})


def takes_ballots(view: VoteView, voting_round: VotingRound) -> bool:
    """Whether the round takes ballots from this page now."""
    return voting_round.is_open(view.now) and "web" in voting_round.definition.accepts


def _notice(view: VoteView) -> Markup:
    say = words(view.lang)
    if view.error is not None:
        text = say[f"vote_error.{view.error}"]
    elif view.round is None or takes_ballots(view, view.round):
        return Markup()
    elif view.round.is_open(view.now):
        text = say["vote_error.door_not_accepted"]
    else:
        text = say["vote.not_begun" if view.round.status == "loaded" else "vote.ended"]
    return _put(NOTICE, view, text=text)


def _rounds(view: VoteView) -> Markup:
    if not view.rounds:
        return _put(NONE, view, href=link(view.lang))
    return _put(ROUNDS, view, items=_round_items(view, view.rounds))


def _round_items(view: VoteView, rounds: list[VotingRound]) -> Markup:
    entries = [
        _put(
            ROUND,
            view,
            href=link(view.lang, round=each.id),
            title=each.definition.title.said(view.lang),
        )
        for each in rounds
    ]
    return Markup("".join(entries))


def _units(view: VoteView, voting_round: VotingRound) -> Markup:
    units = _in_order(voting_round)
    groups = [
        _put(
            GROUP,
            view,
            title=words(view.lang)[f"vote.{kind}"],
            items=_unit_items(view, voting_round.id, entries),
        )
        for kind in ("department", "township")
        if (entries := [unit for unit in units if unit.kind == kind])
    ]
    others = [each for each in view.rounds if each.id != voting_round.id]
    return _put(
        UNITS,
        view,
        title=voting_round.definition.title.said(view.lang),
        closes=_closes(view, voting_round),
        round=voting_round.id,
        groups=Markup("".join(groups)),
        others=_put(OTHERS, view, items=_round_items(view, others)) if others else "",
    )


def _in_order(voting_round: VotingRound) -> list[Unit]:
    return sorted(voting_round.units.values(), key=lambda unit: unit.number)


def _unit_items(view: VoteView, round_id: str, units: list[Unit]) -> Markup:
    entries = [
        _put(
            UNIT,
            view,
            href=link(view.lang, round=round_id, unit=unit.id),
            unit=unit.id,
            find=_findable(unit),
            number=str(unit.number),
            name=unit.name.said(view.lang),
        )
        for unit in units
    ]
    return Markup("".join(entries))


def _findable(unit: Unit) -> str:
    return " ".join((str(unit.number), unit.name.zh, unit.name.en, *unit.aliases)).lower()


def _ballot(view: VoteView, voting_round: VotingRound, unit: Unit) -> Markup:
    is_open = takes_ballots(view, voting_round)
    return _put(
        BALLOT,
        view,
        units=link(view.lang, round=voting_round.id),
        name=unit.name.said(view.lang),
        closes=_closes(view, voting_round),
        state="counted" if view.receipt else "",
        action=link(view.lang),
        round=voting_round.id,
        unit=unit.id,
        buttons=Markup("".join(_button(view, choice, is_open) for choice in CHOICES)),
        said=_said(view),
        next=_next(view, voting_round, unit),
    )


def _button(view: VoteView, choice: str, is_open: bool) -> Markup:
    is_chosen = view.receipt is not None and view.choice is CHOICE_BY_WORD[choice]
    return _put(
        BUTTON,
        view,
        choice=choice,
        chosen=" chosen" if is_chosen else "",
        pressed="true" if is_chosen else "false",
        disabled="" if is_open else " disabled",
        word=words(view.lang)[f"choice.{choice}"],
    )


def _said(view: VoteView) -> Markup:
    if view.receipt is None:
        return Markup()
    # in fours, as one reads a number out
    groups = [view.receipt[start : start + 4] for start in range(0, len(view.receipt), 4)]
    text = words(view.lang)["vote.receipt"].replace("{receipt}", "-".join(groups))
    return _put(COUNTED, view, receipt=text)


def _next(view: VoteView, voting_round: VotingRound, unit: Unit) -> Markup:
    following = next((each for each in _in_order(voting_round) if each.number > unit.number), None)
    if following is None:
        return Markup()
    name = following.name.said(view.lang)
    text = words(view.lang)["vote.next"].replace("{unit}", name)
    return _put(
        NEXT, view, href=link(view.lang, round=voting_round.id, unit=following.id), text=text
    )


def _closes(view: VoteView, voting_round: VotingRound) -> Markup:
    if voting_round.closes_at is None or not voting_round.is_open(view.now):
        return Markup()
    at = datetime.fromtimestamp(voting_round.closes_at / 1000, UTC).isoformat()
    return _put(CLOSES, view, at=at)


def _put(template: str, view: VoteView, **values: str) -> Markup:
    return Markup(fill(template, words(view.lang) | values))
