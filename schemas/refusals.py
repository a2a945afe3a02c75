"""Which changes of a broadcast would spoil votes or marks that were given, and are refused."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from schemas.broadcasts import Broadcast, Group, Round
from schemas.formulas import PresentationFormula
from schemas.tallies import RoundStatus

PLAIN_STATUS: dict[RoundStatus, str] = {
    "loaded": "not opened yet",
    "open": "open",
    "closed": "closed",
    "finalised": "final",
}


@dataclass(frozen=True, slots=True)
class Begun:
    """Groups and slots in which a presentation was started or a mark was given; closed groups."""

    groups: Collection[str] = ()
    slots: Collection[str] = ()
    closed: Collection[str] = ()


def refusals(old: Broadcast | None, new: Broadcast, rounds: Mapping[str, RoundStatus]) -> list[str]:
    """Say why `new` may not replace `old`, a sentence each; nothing when it may.

    `rounds` are the rounds that the log knows and how they stand; what was never opened may change
    freely.
    """
    if old is None:
        return []
    kept = {voting_round.id: voting_round for voting_round in new.rounds}
    found: list[str] = []
    for before in old.rounds:
        status = rounds.get(before.id, "loaded")
        if status == "loaded":
            continue
        what = f"round {before.id} is {PLAIN_STATUS[status]}"
        after = kept.get(before.id)
        if after is None:
            found.append(f"{what} and has votes: it cannot be removed; retire the whole broadcast")
            continue
        found += [f"{what}: {detail}" for detail in _units(old, before, new, after)]
        found += [f"{what}: {detail}" for detail in _rules(old, before, new, after)]
        if status == "finalised":
            found += [f"{what}: {detail}" for detail in _settled(old, before, new, after)]
    return found


def _units(old: Broadcast, before: Round, new: Broadcast, after: Round) -> Iterator[str]:
    numbers = {unit.id: unit.number for unit in new.units_of(after)}
    for unit in old.units_of(before):
        if unit.id not in numbers:
            yield f"unit {unit.id} is voted on and cannot be removed from it"
        elif numbers[unit.id] != unit.number:
            yield (
                f"unit {unit.id} keeps the number {unit.number}: "
                "people vote by it, and equal scores are listed by it"
            )


def _rules(old: Broadcast, before: Round, new: Broadcast, after: Round) -> Iterator[str]:
    if old.formula(before.formula) != new.formula(after.formula):
        yield "its formula cannot change any more: write the other one for another round"
    if before.minimum_ballots != after.minimum_ballots:
        yield f"minimum_ballots stays {before.minimum_ballots}"


def _settled(old: Broadcast, before: Round, new: Broadcast, after: Round) -> Iterator[str]:
    held = {unit.id for unit in old.units_of(before)}
    for unit in new.units_of(after):
        if unit.id not in held:
            yield f"unit {unit.id} cannot be added to it; list its units by id"
    for name in ("opens_at", "closes_at", "accepts"):
        if getattr(before, name) != getattr(after, name):
            yield f"{name} cannot change any more"


def group_refusals(old: Broadcast | None, new: Broadcast, begun: Begun) -> list[str]:
    """As `refusals`, for groups that have begun: marks were given by rules that all knew before."""
    if old is None:
        return []
    kept = {group.id: group for group in new.groups}
    found: list[str] = []
    for before in old.groups:
        if before.id not in begun.groups:
            continue
        what = f"group {before.id} has begun"
        after = kept.get(before.id)
        if after is None:
            found.append(f"{what}: it cannot be removed; retire the whole broadcast")
        elif old.formula(before.formula) != new.formula(after.formula):
            found.append(f"{what}: its formula cannot change any more")
        found += [f"{what}: {detail}" for detail in _evaluators(old, before, new, begun)]
    return found + list(_slots(old, new, begun))


def _evaluators(old: Broadcast, group: Group, new: Broadcast, begun: Begun) -> Iterator[str]:
    formula = old.formula(group.formula)
    asked = formula.panels if isinstance(formula, PresentationFormula) else {}
    kept = {evaluator.id: evaluator for evaluator in new.evaluators}
    slots = (slot for slot in old.slots if slot.group == group.id and slot.id in begun.slots)
    presented = {slot.unit for slot in slots if slot.unit}
    known = {evaluator.id for evaluator in old.evaluators}
    for evaluator in new.evaluators if group.id in begun.closed else ():
        if evaluator.panel in asked and evaluator.id not in known:
            yield f"evaluator {evaluator.id} comes too late: the group is closed"
    for evaluator in old.evaluators:
        if evaluator.panel not in asked:
            continue
        after = kept.get(evaluator.id)
        if after is None:
            yield f"evaluator {evaluator.id} is asked for marks and cannot be removed"
            continue
        if after.panel != evaluator.panel:
            yield f"evaluator {evaluator.id} stays in the panel {evaluator.panel}"
        for unit in sorted(presented & (set(evaluator.units) ^ set(after.units))):
            what = f"{unit} has presented, or has marks, as it is"
            yield f"evaluator {evaluator.id}: {what}: correct or recuse that mark instead"


def _slots(old: Broadcast, new: Broadcast, begun: Begun) -> Iterator[str]:
    kept = {slot.id: slot for slot in new.slots}
    for before in old.slots:
        if before.id not in begun.slots:
            continue
        after = kept.get(before.id)
        if after is None:
            yield f"slot {before.id} has begun or has marks: it cannot be removed"
        elif (after.group, after.unit) != (before.group, before.unit):
            yield f"slot {before.id} has begun or has marks: it keeps its group and its unit"
