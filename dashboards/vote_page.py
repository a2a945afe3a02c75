"""The public vote page, drawn for the gateway: one document of its own, a form without JavaScript.

Style and script stand in the page, so that it comes in one answer over a slow line; its policy
names them by their hashes, so that nothing else runs.
"""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from dashboards.pages.ballot_paper import link, paper
from dashboards.pages.template import Markup, embed, fill, read
from dashboards.words import words
from schemas.broadcasts import Lang
from streams.gateway.pages import VoteView

STATIC = Path(__file__).with_name("static")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
THEME = re.compile(r"--hand: ([^;]+);")
SYMBOLS = re.compile(r"<symbol.*</symbol>", re.DOTALL)
SCRIPT_WORDS = ("sending", "retrying", "counted", "receipt", "change", "done", "closes")


class Pages:
    """Draws the vote page (streams.gateway.pages.VotePages)."""

    def __init__(self) -> None:
        tokens = _text("tokens.css")
        self._template = read("vote.html")
        self._style = compact(COMMENT.sub("", tokens + _text("vote.css")))
        self._script = compact(_text("vote.js"))
        self._fixed = {
            "style": Markup(self._style),
            "script": Markup(self._script),
            "icons": Markup("".join(SYMBOLS.findall(_text("choices.svg"))).replace("\n", "")),
            "policy": Markup(_policy(self._style, self._script)),
            "theme": "".join(THEME.findall(tokens)),
        }

    def vote(self, view: VoteView) -> bytes:
        """Give the page as UTF-8 HTML."""
        say = words(view.lang)
        values = say | self._fixed | {"main": paper(view), "words": embed(_script_words(view.lang))}
        values |= {
            "tag": "zh-CN" if view.lang == "zh" else "en",
            "title": _title(view),
            "broadcast": view.round.broadcast.title.said(view.lang) if view.round else "",
            "switch": _switch(view),
            "other_lang": "en" if view.lang == "zh" else "zh",
        }
        return fill(self._template, values).encode()


def compact(text: str) -> str:
    """Source without indentation, empty lines and whole-line comments."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def _text(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _script_words(lang: Lang) -> dict[str, str]:
    say = words(lang)
    plain = {word: say[f"vote.{word}"] for word in SCRIPT_WORDS}
    errors = {key: text for key, text in say.items() if key.startswith("vote_error.")}
    return plain | {key.removeprefix("vote_"): text for key, text in errors.items()}


def _title(view: VoteView) -> str:
    about = view.unit.name if view.unit else view.round.definition.title if view.round else None
    head = words(view.lang)["vote.title"]
    return f"{about.said(view.lang)} · {head}" if about else head


def _switch(view: VoteView) -> str:
    """The same page in the other language; a ballot that was sent is not sent again."""
    fields = {"round": view.round.id} if view.round else {}
    fields |= {"unit": view.unit.id} if view.unit else {}
    return link(view, **fields).replace(f"lang={view.lang}", f"lang={_other(view.lang)}")


def _other(lang: Lang) -> Lang:
    return "en" if lang == "zh" else "zh"
