"""Fills a page's template: `{{name}}` is escaped text, and nothing else is possible."""

import re
from collections.abc import Mapping
from html import escape
from pathlib import Path

import msgspec

TEMPLATES = Path(__file__).with_name("templates")
COMMAND = re.compile(r"(\btribune [a-z ]+)</code>")
PLACE = re.compile(r"\{\{([a-z_.]+)\}\}")


class Markup(str):
    """Text that is HTML already, and is put in as it is."""

    __slots__ = ()


def read(name: str) -> str:
    """The text of a template."""
    return (TEMPLATES / name).read_text(encoding="utf-8")


def fill(template: str, values: Mapping[str, str]) -> str:
    """Put values into a template's places; text is escaped, Markup is not.

    Raises:
        KeyError: the template has a place that no value is given for.
    """

    def put(place: re.Match[str]) -> str:
        value = values[place[1]]
        return value if isinstance(value, Markup) else escape(value)

    return PLACE.sub(put, template)


def embed(document: object) -> Markup:
    """JSON for a data block `<script type="application/json">`, which no text in it can end."""
    return Markup(msgspec.json.encode(document).decode().replace("<", "\\u003c"))


def rehearsed(template: str) -> str:
    """Mark a page as a rehearsal's; the commands that it names then reach the rehearsal."""
    template = template.replace("<body", "<body data-rehearsal", 1)
    return COMMAND.sub(r"\1 --rehearsal</code>", template)
