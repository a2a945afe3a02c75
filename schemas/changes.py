"""What a new version of a broadcast changes, in words for people."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from schemas.broadcasts import Broadcast, Slot
from schemas.rundown_times import say_length

KINDS = {
    "units": "unit",
    "rounds": "round",
    "groups": "group",
    "slots": "slot",
    "panels": "panel",
    "evaluators": "evaluator",
    "formulas": "formula",
}
# A change is a line of a terminal
LONGEST_VALUE = 80


def changes(old: Broadcast | None, new: Broadcast) -> list[str]:
    """Say what `new` changes, a line each; nothing when it is the same."""
    after = msgspec.to_builtins(new)
    if old is None:
        parts = [f"{len(after[kind])} {kind}" for kind in KINDS if after[kind]]
        return [f"broadcast {new.id} added" + (f": {', '.join(parts)}" if parts else "")]
    before = msgspec.to_builtins(old)
    found = list(_fields("broadcast", before, after, skip=tuple(KINDS)))
    for kind, word in KINDS.items():
        found += _items(word, before[kind], after[kind])
    return found


def slot_changes(old: Sequence[Slot], new: Sequence[Slot]) -> list[str]:
    """Say what a new running order changes, a line each; nothing when it is the same."""
    return list(_items("slot", msgspec.to_builtins(old), msgspec.to_builtins(new)))


def _items(word: str, before: list[Any], after: list[Any]) -> Iterator[str]:
    old = {_name(item): item for item in before}
    new = {_name(item): item for item in after}
    yield from (f"{word} {name} removed" for name in old if name not in new)
    yield from (f"{word} {name} added" for name in new if name not in old)
    kept = [name for name in new if name in old]
    for name in kept:
        yield from _fields(f"{word} {name}", old[name], new[name])
    if kept != [name for name in old if name in new]:
        yield f"{word}s are in another order"


def _name(item: dict[str, Any]) -> str:
    version = f" version {item['version']}" if "version" in item else ""
    return f"{item['id']}{version}"


def _fields(
    what: str, old: dict[str, Any], new: dict[str, Any], skip: tuple[str, ...] = ()
) -> Iterator[str]:
    for name in dict.fromkeys((*old, *new)):
        before, after = old.get(name), new.get(name)
        if name not in skip and before != after:
            told = f"{_say(name, before)} -> {_say(name, after)}"
            yield f"{what}: {name.removesuffix('_ms')} {told}"


def _say(name: str, value: Any) -> str:
    if value is None:
        return "none"
    if name.endswith("_at") and isinstance(value, int):
        return datetime.fromtimestamp(value / 1000, UTC).isoformat().replace("+00:00", "Z")
    if name.endswith("_ms") and isinstance(value, int):
        return say_length(value)
    said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return said if len(said) <= LONGEST_VALUE else said[: LONGEST_VALUE - 1] + "…"
