"""Evaluators' cards on paper: a name, and the code that opens the marking page as that person."""

from collections.abc import Callable, Iterable
from html import escape

from dashboards.pages.qr import svg
from dashboards.pages.template import Markup, fill, read
from dashboards.words import words
from schemas.broadcasts import Broadcast, Evaluator, Lang

STYLE = read("cards.css")


def cards(
    broadcast: Broadcast,
    lang: Lang,
    address_of: Callable[[Evaluator], str],
    *,
    only: str | None = None,
    rehearsal: bool = False,
) -> str:
    """A page that needs nothing else, to be printed or kept: a card for each evaluator (or one).

    `address_of` gives the address that a card's code opens. A card of a rehearsal says so: it opens
    nothing on the day itself.
    """
    said = words(lang)
    mark = f"{said['screen.rehearsal']} · " if rehearsal else ""
    panels = {panel.id: panel.title.said(lang) for panel in broadcast.panels}
    units = {unit.id: unit.name.said(lang) for unit in broadcast.units}
    made = [
        _card(
            name=evaluator.name.said(lang) or evaluator.id,
            event=broadcast.title.said(lang) or broadcast.id,
            panel=panels.get(evaluator.panel, evaluator.panel),
            own=said["cards.own"].format(units=_list(units, evaluator)) if evaluator.units else "",
            how=f"{mark}{said['cards.how']}",
            address=address_of(evaluator),
        )
        for evaluator in broadcast.evaluators
        if only in (None, evaluator.id)
    ]
    values = said | {
        "lang": "zh-CN" if lang == "zh" else "en",
        "title": f"{mark}{said['cards.title']} · {broadcast.title.said(lang) or broadcast.id}",
        "style": Markup(STYLE),
        "cards": Markup("".join(made)),
    }
    return fill(read("cards.html"), values)


def _list(units: dict[str, str], evaluator: Evaluator) -> str:
    return ", ".join(units.get(unit, unit) for unit in evaluator.units)


def _card(*, address: str, **lines: str) -> str:
    """Its code is a link too: where no phone is at hand, a click opens what it opens."""
    name, link = escape(lines["name"]), escape(address, quote=True)
    return (
        f'<article><a href="{link}" target="_blank" rel="noopener noreferrer" aria-label="{name}">'
        f"{svg(address).decode()}</a><div><h2>{name}</h2>{''.join(_lines(lines))}</div></article>"
    )


def _lines(lines: dict[str, str]) -> Iterable[str]:
    for kind in ("panel", "event", "own", "how"):
        if lines[kind]:
            yield f'<p class="{kind}">{escape(lines[kind])}</p>'
