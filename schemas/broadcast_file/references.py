"""Who points at whom in a broadcast file, and that an id names one thing.

These rules read the tree, not the finished broadcast, so that they tell what is wrong beside
whatever else is.
"""

from collections.abc import Iterable, Iterator

from schemas.broadcast_file.phrases import did_you_mean
from schemas.broadcast_file.tree import Node, Problem
from schemas.broadcasts import Broadcast

SPACES = (("units",), ("rounds", "groups"), ("slots",), ("panels",), ("evaluators",))
"""Kinds whose ids must differ; a round and a group never share one: their boards go by it."""

# Panels and evaluators are named only within their broadcast; the others have boards and channels
OVER_ALL_BROADCASTS = SPACES[:3]


def wrong_references(file: Node, loaded: Iterable[Broadcast]) -> Iterator[Problem]:
    """Tell of ids that are taken, here or in the other broadcasts, or that name nothing."""
    yield from _repeated_ids(file)
    yield from _taken_ids(file, loaded)
    yield from _slots(file)
    yield from _evaluators(file)


def ids_of(file: Node, kind: str) -> list[str]:
    """The ids of a kind, in the file's order."""
    return [found for item in file.each(kind) if (found := item.text("id"))]


def unknown(node: Node | None, what: str, known: list[str]) -> Iterator[Problem]:
    """Tell of a name that names nothing."""
    if node is not None and isinstance(node.value, str) and node.value not in known:
        hint = did_you_mean(node.value, known)
        yield node.problem(f"there is no {what} `{node.value}` in this file; {hint}")


def repeated(nodes: Iterable[Node | None], what: str) -> Iterator[Problem]:
    """Tell of values that stand there more than once."""
    first: dict[object, Node] = {}
    for node in nodes:
        if node is None or not isinstance(node.value, str | int):
            continue
        held = first.setdefault(node.value, node)
        if held is not node:
            yield node.problem(f"{what} `{node.written}` is taken, in line {held.line}")


def _repeated_ids(file: Node) -> Iterator[Problem]:
    for space in SPACES:
        nodes = [item.get("id") for kind in space for item in file.each(kind)]
        yield from repeated(nodes, "the id")


def _taken_ids(file: Node, loaded: Iterable[Broadcast]) -> Iterator[Problem]:
    others = [other for other in loaded if other.id != file.text("id")]
    for space in OVER_ALL_BROADCASTS:
        owners = {found: other.id for other in others for found in _ids_in(other, space)}
        for item in (item for kind in space for item in file.each(kind)):
            if owner := owners.get(item.text("id") or ""):
                detail = f"the id `{item.text('id')}` belongs to the broadcast `{owner}`"
                yield (item.get("id") or item).problem(f"{detail}: take another one")


def _ids_in(broadcast: Broadcast, space: tuple[str, ...]) -> list[str]:
    return [item.id for kind in space for item in getattr(broadcast, kind)]


def _slots(file: Node) -> Iterator[Problem]:
    units, groups = ids_of(file, "units"), ids_of(file, "groups")
    for slot in file.each("slots"):
        yield from unknown(slot.get("group"), "group", groups)
        yield from unknown(slot.get("unit"), "unit", units)
        yield from _slot_parts(slot)
        yield from _slot_times(slot)


def _slot_parts(slot: Node) -> Iterator[Problem]:
    is_break = slot.text("kind") == "break"
    for name in ("group", "unit"):
        node = slot.get(name)
        is_there = node is not None and node.value is not None
        if is_break and node is not None and is_there:
            yield node.problem(f"a break has no {name}: leave it out")
        if not is_break and not is_there:
            yield slot.problem(f"`{name}` is missing; if this is a break, say kind: break")


def _slot_times(slot: Node) -> Iterator[Problem]:
    warning, allotted = slot.number("warning_ms"), slot.number("allotted_ms")
    if warning is not None and allotted is not None and warning >= allotted:
        node = slot.get("warning_ms") or slot
        yield node.problem(f"the warning comes before the start: less than {allotted} is meant")


def _evaluators(file: Node) -> Iterator[Problem]:
    panels, units = ids_of(file, "panels"), ids_of(file, "units")
    for evaluator in file.each("evaluators"):
        yield from unknown(evaluator.get("panel"), "panel", panels)
        for unit in evaluator.each("units"):
            yield from unknown(unit, "unit", units)
