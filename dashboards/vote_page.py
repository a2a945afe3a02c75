"""The public vote page, drawn for the gateway: one document of its own, a form without JavaScript.

Style and script stand in the page, so that it comes in one answer over a slow line; its policy
names them by their hashes, so that nothing else runs.
"""

import re
from base64 import b64encode
from hashlib import sha256
from html import escape
from pathlib import Path

from dashboards.pages.ballot_paper import link, paper
from dashboards.pages.template import Markup, embed, fill, read
from dashboards.words import words
from schemas.broadcasts import Lang
from streams.gateway.pages import VoteView

STATIC = Path(__file__).with_name("static")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
TOKEN = re.compile(r"\s*(--[a-z-]+): ([^;]+);")
SYMBOLS = re.compile(r"<symbol.*</symbol>", re.DOTALL)
LIST_WORDS = ("vote.done", "vote.closes")
BALLOT_WORDS = tuple(
    f"vote.{word}" for word in ("sending", "retrying", "counted", "receipt", "change", "closes")
)


class Pages:
    """Draws the vote page (streams.gateway.pages.VotePages)."""

    def __init__(self, *, rehearsal: bool = False) -> None:
        self._rehearsal = rehearsal
        self._template = read("vote.html")
        self._list = _kit("vote_list", icons="")
        self._ballot = _kit("vote_ballot", icons=_icons())

    def vote(self, view: VoteView) -> bytes:
        """Give the page as UTF-8 HTML."""
        kit = self._ballot if view.round and view.unit else self._list
        values = words(view.lang) | kit | {"main": paper(view), "words": embed(_spoken(view))}
        values |= {
            "tag": "zh-CN" if view.lang == "zh" else "en",
            "title": _title(view),
            "broadcast": view.round.broadcast.title.said(view.lang) if view.round else "",
            "switch": _switch(view),
            "other_lang": _other(view.lang),
            "rehearsal": self._mark(view.lang),
        }
        return fill(self._template, values).encode()

    def _mark(self, lang: Lang) -> str:
        """What says that the votes of this page count in a rehearsal only."""
        said = escape(words(lang)["screen.rehearsal"])
        return Markup(f"<b class=rehearsal>{said}</b>") if self._rehearsal else ""


def _kit(name: str, icons: str) -> dict[str, str]:
    """What a kind of page carries with it: style, script, icons, and the policy that names them."""
    style = compact_style(_text("tokens.css"), _text("vote.css") + _text(f"{name}.css"))
    script = f'"use strict";{{\n{compact_script(_text("vote.js") + _text(f"{name}.js"))}\n}}'
    return {
        "style": Markup(style),
        "script": Markup(script),
        "icons": Markup(icons),
        "policy": Markup(_policy(style, script)),
    }


def compact_script(text: str) -> str:
    """A script without indentation, empty lines and whole-line comments."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def compact_style(tokens: str, text: str) -> str:
    """A style sheet without comments and needless space, before it the tokens that it uses."""
    text = COMMENT.sub("", text)
    used = "".join(
        f"{name}:{value};" for name, value in TOKEN.findall(tokens) if f"var({name})" in text
    )
    squeezed = re.sub(r"\s*([{};,])\s*", r"\1", f":root{{{used}}}{text}")
    return re.sub(r":\s+", ":", squeezed).replace(";}", "}").strip()


def _icons() -> str:
    return "".join(SYMBOLS.findall(_text("choices.svg"))).replace("\n", "")


def _text(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _spoken(view: VoteView) -> dict[str, str]:
    """The words that the page's script needs."""
    say = words(view.lang)
    if view.unit is None:
        return {key.removeprefix("vote."): say[key] for key in LIST_WORDS}
    errors = {key: text for key, text in say.items() if key.startswith("vote_error.")}
    plain = {key.removeprefix("vote."): say[key] for key in BALLOT_WORDS}
    return plain | {key.removeprefix("vote_"): text for key, text in errors.items()}


def _title(view: VoteView) -> str:
    about = view.unit.name if view.unit else view.round.definition.title if view.round else None
    head = words(view.lang)["vote.title"]
    return f"{about.said(view.lang)} · {head}" if about else head


def _switch(view: VoteView) -> str:
    """The same page in the other language; a ballot that was sent is not sent again."""
    fields = {"round": view.round.id} if view.round else {}
    fields |= {"unit": view.unit.id} if view.unit else {}
    return link(_other(view.lang), **fields)


def _other(lang: Lang) -> Lang:
    return "en" if lang == "zh" else "zh"
