"""Composes what a citizen reads; every text fits WeChat's limit for one text reply.

One-tap choices are links that send the text which they hold as the citizen's next message
(seen in many accounts' public code), so no conversation has to be remembered. An English
link holds the choice as a word, so that the answer to it is in English too.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

from agents.reducers.rounds import VotingRound
from schemas.ballots import Choice
from schemas.boards import Board
from schemas.broadcasts import Lang, Unit
from streams.gateway.wechat.words import CHOICE_NAMES, STATUS, say

# WeChat's bound on the text of a reply, in bytes of UTF-8
REPLY_BYTES = 2_048
# What a phone shows without scrolling; a board of all units would not fit REPLY_BYTES
TOP = 10
# All of China has one time, and no summer time
BEIJING = timezone(timedelta(hours=8))


def choices(unit: Unit, lang: Lang) -> str:
    """A unit's name and its five one-tap choices."""
    links = [
        link(_vote_text(unit, choice, lang), int(choice) + 1, name)
        for choice, name in CHOICE_NAMES[lang].items()
    ]
    return "\n".join([say(lang, "choose", unit=_label(unit, lang)), *links])


def link(sends: str, menu_id: int, shown: str) -> str:
    """A link in the chat: a tap sends a text."""
    return f'<a href="weixin://bizmsgmenu?msgmenucontent={sends}&msgmenuid={menu_id}">{shown}</a>'


def _vote_text(unit: Unit, choice: Choice, lang: Lang) -> str:
    told = str(int(choice) + 1) if lang == "zh" else CHOICE_NAMES["en"][choice].lower()
    return f"{unit.number} {told}"


def _label(unit: Unit, lang: Lang) -> str:
    return f"{unit.number} {unit.name.said(lang)}"


def counted(unit: Unit, choice: Choice, receipt: str, lang: Lang) -> str:
    """That the log has a vote, as it was understood."""
    name = CHOICE_NAMES[lang][choice]
    return say(lang, "counted", unit=_label(unit, lang), choice=name, receipt=receipt)


def guide(voting_round: VotingRound, lang: Lang, *, first: str = "", page: int = 1) -> str:
    """How one votes, and the units of a round, a page at a time; `first` is said before it."""
    units = list(voting_round.units.values())
    head = [first, voting_round.definition.title.said(lang), _how(units, lang), ""]
    linked = [link(_unit_text(unit, lang), unit.number, _label(unit, lang)) for unit in units]
    whole = _joined([*head, *linked])
    if _fits(whole):
        return whole
    return _page(head, [_label(unit, lang) for unit in units], page, lang)


def _unit_text(unit: Unit, lang: Lang) -> str:
    name = unit.name.en
    return name if lang == "en" and name and not set(name) & set("\"'&<>") else str(unit.number)


def _how(units: Sequence[Unit], lang: Lang) -> str:
    example = units[0].number if units else 1
    sentences = [say(lang, "how", example=example), say(lang, "scale"), say(lang, "see_results")]
    return "\n".join(sentences)


def _page(head: Sequence[str], lines: Sequence[str], page: int, lang: Lang) -> str:
    # 999 stands for the longest page number that the link may hold (see `read_page`)
    room = REPLY_BYTES - len(_joined(head).encode()) - len(_next(lang, 999, 999).encode()) - 2
    pages = _split(lines, room)
    page = min(page, len(pages))
    more = [_next(lang, page + 1, len(pages))] if page < len(pages) else []
    return _joined([*head, *pages[page - 1], *more])


def _next(lang: Lang, page: int, pages: int) -> str:
    shown = say(lang, "next_page", page=page, pages=pages)
    return link(f"{say(lang, 'list_word')} {page}", page, shown)


def _split(lines: Sequence[str], room: int) -> list[list[str]]:
    pages: list[list[str]] = [[]]
    used = 0
    for line in lines:
        size = len(line.encode()) + 1
        if pages[-1] and used + size > room:
            pages.append([])
            used = 0
        pages[-1].append(line)
        used += size
    return pages


def short_help(units: Sequence[Unit], lang: Lang) -> str:
    """A short help without the list, for what is no text."""
    show = link(say(lang, "list_word"), 1, say(lang, "show_list"))
    return _joined([say(lang, "text_only"), _how(units, lang), show])


def results(board: Board, voting_round: VotingRound, lang: Lang) -> str:
    """The top of a board: what it is worth, as of when, and how many units stand apart."""
    ranked = [row for row in board.rows if row.rank is not None]
    lines = [
        f"{row.rank}. {_name(voting_round, row.unit, lang)} "
        + say(lang, "points", score=hundredths(row.score or 0))
        for row in ranked[:TOP]
    ]
    head = [
        board.title.said(lang),
        STATUS[lang][board.status],
        say(lang, "as_of", time=clock(board.as_of)),
        "",
    ]
    return _top(head, lines, _rest(board, len(ranked), lang), len(ranked), lang)


def _top(head: list[str], lines: list[str], tail: list[str], ranked: int, lang: Lang) -> str:
    for shown in range(len(lines), -1, -1):
        cut = [say(lang, "more_ranked", units=ranked, shown=shown)] if shown < ranked else []
        text = _joined([*head, *lines[:shown], *cut, *tail])
        if _fits(text):
            return text
    return _joined(head[1:])


def _rest(board: Board, ranked: int, lang: Lang) -> list[str]:
    apart = len(board.rows) - ranked
    return [say(lang, "below_minimum", units=apart, minimum=board.minimum_ballots)] if apart else []


def _name(voting_round: VotingRound, unit_id: str, lang: Lang) -> str:
    unit = voting_round.units.get(unit_id)
    return unit.name.said(lang) if unit else unit_id


def hundredths(score: int) -> str:
    """A score as it is shown: 8750 is 87.50."""
    return f"{score // 100}.{score % 100:02d}"


def clock(at: int) -> str:
    """A time (ms) as a citizen's clock shows it: the county's, UTC+8 all year."""
    return datetime.fromtimestamp(at / 1000, UTC).astimezone(BEIJING).strftime("%m-%d %H:%M:%S")


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(lines).strip("\n")


def _fits(text: str) -> bool:
    return len(text.encode()) <= REPLY_BYTES
