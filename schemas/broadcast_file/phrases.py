"""Turns of phrase for telling people what is wrong in their file, and what was likely meant."""

from collections.abc import Iterable
from difflib import get_close_matches

from schemas.broadcast_file.tree import Node

# A problem is a line, and a line of a terminal has 80
QUOTE_CHARACTERS = 40
# More names than this nobody reads in one line
MOST_NAMES = 12
# Likeness takes 0.1 ms a name (measured), and a file may hold nothing but mistakes
MOST_COMPARED = 400


def quote(node: Node) -> str:
    """The text of a scalar as it stands in the file, not too long."""
    cut = node.written[:QUOTE_CHARACTERS]
    return f"`{cut}…`" if len(node.written) > QUOTE_CHARACTERS else f"`{cut}`"


def found(node: Node) -> str:
    """What stands there instead of what should."""
    match node.value:
        case None:
            return "and is empty"
        case dict():
            return "and holds fields"
        case list():
            return "and is a list"
        case bool():
            return f"and YAML reads {quote(node)} as true or false"
        case int() | float():
            return f"and {quote(node)} is a number"
        case _:
            return f"not {quote(node)}"


def one_of(names: Iterable[str]) -> str:
    """A choice of names."""
    quoted = [f"`{name}`" for name in names]
    return quoted[0] if len(quoted) == 1 else f"one of {', '.join(quoted)}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """What was likely meant, or else what there is."""
    names = list(known)
    if close := get_close_matches(name.lower(), names[:MOST_COMPARED], n=1):
        return f"did you mean `{close[0]}`?"
    if not names:
        return "there are none"
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"there are: {', '.join(names[:MOST_NAMES])}{more}"
