"""What units are called: a number, a name or an alias means one unit, however it is typed."""

from collections.abc import Iterator

from schemas.broadcast_file.plain import plain
from schemas.broadcast_file.references import repeated
from schemas.broadcast_file.tree import Node, Problem

TITLED = ("rounds", "groups", "panels")
NAMED = ("units", "evaluators")


def wrong_names(file: Node) -> Iterator[Problem]:
    """Tell of numbers and names that are taken, and of titles that say nothing."""
    yield from repeated((unit.get("number") for unit in file.each("units")), "the number")
    yield from _ambiguous(file)
    yield from _silent(file)


def _ambiguous(file: Node) -> Iterator[Problem]:
    owners: dict[str, Node] = {}
    for unit in file.each("units"):
        if (number := unit.number("number")) is not None:
            owners.setdefault(str(number), unit)
    for unit in file.each("units"):
        for node in _called(unit):
            word = plain(node.written)
            owner = owners.setdefault(word, unit)
            if not word:
                yield node.problem("nobody can type this: a name needs a letter or a digit")
            elif owner is not unit:
                detail = f"`{node.written}` also means the unit in line {owner.line}"
                yield node.problem(f"{detail}: a vote for it could be for either")


def _called(unit: Node) -> Iterator[Node]:
    name = unit.get("name")
    for lang in ("zh", "en"):
        if name is not None and name.text(lang) and (node := name.get(lang)):
            yield node
    yield from (alias for alias in unit.each("aliases") if isinstance(alias.value, str))


def _silent(file: Node) -> Iterator[Problem]:
    shown = [file.get("title")]
    shown += [item.get("title") for kind in TITLED for item in file.each(kind)]
    shown += [item.get("name") for kind in NAMED for item in file.each(kind)]
    for node in shown:
        if node is not None and isinstance(node.value, dict) and not _says(node):
            yield node.problem("says nothing: write {zh: ..., en: ...}, or one of the two")


def _says(text: Node) -> bool:
    return any((text.text(lang) or "").strip() for lang in ("zh", "en"))
