"""A group as it stands: its slots, who is asked for marks, and what counts.

It is a function of `scores`, `sessions` and `broadcasts`, whichever of them was folded first: no
fact of one topic is judged by another when it is folded, but all of them when the group is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from agents.reducers import live_state
from agents.reducers.live_broadcast import LiveBroadcast
from agents.reducers.live_state import LiveState
from agents.reducers.marks import GroupMarks, GroupName
from schemas.broadcasts import Broadcast, Evaluator, Group, Slot
from schemas.facts import BroadcastsFact
from schemas.formulas import PresentationFormula
from schemas.scores import Marking, ScoresFact
from schemas.seals import Sealed
from schemas.sessions import SessionsMessage
from schemas.tallies import GroupSlot, GroupTally, SlotCounts


@dataclass(slots=True)
class Groups:
    """The fold, and the newest time of what a broadcast's groups stand on in two of its topics."""

    live: LiveState = field(default_factory=LiveState)
    defined_at: dict[str, int] = field(default_factory=dict)
    decided_at: dict[str, int] = field(default_factory=dict)

    def names(self) -> list[GroupName]:
        """Every group of the broadcasts that are not retired."""
        return [name for held in self.live.broadcasts.values() for name in _names(held)]


@dataclass(frozen=True, slots=True)
class Standing:
    """A group with all that its ranking needs."""

    broadcast: Broadcast
    group: Group
    formula: PresentationFormula
    slots: list[Slot]
    skipped: frozenset[str]
    marks: GroupMarks

    @property
    def name(self) -> GroupName:
        """Which group this is."""
        return GroupName(self.broadcast.id, self.group.id)

    def asked(self, slot: Slot) -> list[Evaluator]:
        """Who is to mark a slot: everyone of the formula's panels, but not on their own unit."""
        return [
            evaluator
            for evaluator in self.broadcast.evaluators
            if evaluator.panel in self.formula.panels and slot.unit not in evaluator.units
        ]

    def counts(self) -> dict[str, SlotCounts]:
        """What was submitted and what is missing, by slot; a skipped one is asked of nobody."""
        return {slot.id: self._counts(slot) for slot in self.slots if slot.id not in self.skipped}

    def fullest(self) -> dict[str, SlotCounts]:
        """Counts that take as much room as any: everyone gives full marks, and all are missing."""
        full = [criterion.max for criterion in self.formula.criteria]
        found: dict[str, SlotCounts] = {}
        for slot in self.slots:
            rows: dict[str, list[list[int]]] = {}
            asked = self.asked(slot)
            for evaluator in asked:
                rows.setdefault(evaluator.panel, []).append(full)
            found[slot.id] = SlotCounts(rows, len(asked))
        return found

    def _counts(self, slot: Slot) -> SlotCounts:
        counted: dict[str, list[list[int]]] = {}
        missing = 0
        for evaluator in self.asked(slot):
            entry = self.marks.entries.get((slot.id, evaluator.id))
            if entry is not None and entry.marking.recused is not None:
                continue
            if entry is None or not is_complete(self.formula, entry.marking):
                missing += 1
                continue
            given = entry.marking.marks or {}
            row = [given[criterion.id] for criterion in self.formula.criteria]
            counted.setdefault(evaluator.panel, []).append(row)
        return SlotCounts({panel: sorted(rows) for panel, rows in sorted(counted.items())}, missing)


def is_complete(formula: PresentationFormula, marking: Marking) -> bool:
    """Whether a marking counts: submitted, with every criterion and nothing else, in bounds."""
    return marking.submitted and not wrong_marks(formula, marking)


def wrong_marks(formula: PresentationFormula, marking: Marking) -> tuple[str, str] | None:
    """What is wrong with a marking, as a criterion and a sentence, or None."""
    given = marking.marks or {}
    greatest = {criterion.id: criterion.max for criterion in formula.criteria}
    for name, mark in given.items():
        if name not in greatest:
            return name, f"is no criterion; there are {', '.join(greatest)}"
        if mark > greatest[name]:
            return name, f"{mark} is more than {greatest[name]}"
    if marking.submitted and (left := [name for name in greatest if name not in given]):
        return left[0], f"no mark for {', '.join(left)}: set it before you submit"
    return None


def about_tally(name: GroupName, positions: Mapping[str, int]) -> str:
    """What a group's sealed counts are bound to: so that nobody sees whether they changed."""
    at = "/".join(f"{topic}:{position}" for topic, position in sorted(positions.items()))
    return f"{name.broadcast}/tally:{name.group}/{at}"


def hear_broadcasts(state: Groups, offset: int, fact: BroadcastsFact | None) -> list[GroupName]:
    """Fold one message of `broadcasts`; the groups that it touched."""
    touched = live_state.step_broadcasts(state.live, offset, fact)
    for broadcast in touched:
        if fact is not None and _live(state, broadcast).broadcasts_position == offset + 1:
            state.defined_at[broadcast] = max(state.defined_at.get(broadcast, 0), fact.at)
    return _groups_of(state, touched)


def hear_sessions(state: Groups, offset: int, message: SessionsMessage | None) -> list[GroupName]:
    """Fold one message of `sessions`; the groups that it touched: decisions do."""
    touched = live_state.step_sessions(state.live, offset, message)
    decided = {key for key in touched if _live(state, key).decided_at == offset + 1}
    for broadcast in decided:
        if message is not None:
            state.decided_at[broadcast] = max(state.decided_at.get(broadcast, 0), message.at)
    return _groups_of(state, decided)


def hear_scores(
    state: Groups, offset: int, fact: ScoresFact | None, marking: Marking | None = None
) -> list[GroupName]:
    """Fold one message of `scores`, with what it seals; the groups that it touched."""
    touched = live_state.step_scores(state.live, offset, fact, marking)
    return [GroupName(fact.broadcast, fact.group)] if fact and touched else []


def forget_scores(state: Groups) -> None:
    """Forget what `scores` said: it is folded anew from its start."""
    state.live.folded_to.scores = 0
    for held in state.live.broadcasts.values():
        held.groups.clear()


def standing(state: Groups, name: GroupName) -> Standing | None:
    """A group as it stands, or None when it is not there, or not any more."""
    live = state.live.broadcasts.get(name.broadcast)
    return stand(live, name.group) if live else None


def stand(live: LiveBroadcast, group_id: str) -> Standing | None:
    """Put a group together, or None when it is not there, or not any more."""
    broadcast = live.broadcast
    if broadcast is None or live.is_retired:
        return None
    group = next((entry for entry in broadcast.groups if entry.id == group_id), None)
    formula = broadcast.formula(group.formula) if group else None
    if group is None or not isinstance(formula, PresentationFormula):
        return None
    slots = [slot for slot in live.slots if slot.group == group_id and slot.unit is not None]
    skipped = frozenset(live.session.skipped)
    held = live.groups.get(group_id) or GroupMarks()
    return Standing(broadcast, group, formula, slots, skipped, held)


def positions(state: Groups, held: Standing) -> dict[str, int]:
    """What a group stands on: next offsets, each after the last message that touched it."""
    live = _live(state, held.broadcast.id)
    return {
        "scores": held.marks.position,
        "sessions": live.decided_at,
        "broadcasts": live.broadcasts_position,
    }


def tally(state: Groups, held: Standing, counts: Sealed) -> GroupTally:
    """A group's tally, with its counts sealed."""
    times = (state.defined_at, state.decided_at)
    return GroupTally(
        broadcast=held.broadcast.id,
        group=held.group.id,
        title=held.group.title,
        formula=held.formula,
        slots=[GroupSlot(slot.id, slot.unit or "", slot.id in held.skipped) for slot in held.slots],
        closed=held.marks.is_closed,
        revealed=held.marks.revealed,
        key_published=held.marks.key is not None,
        corrections=list(held.marks.corrections),
        incarnation=state.live.incarnation,
        positions=positions(state, held),
        at=max(held.marks.at, *(entry.get(held.broadcast.id, 0) for entry in times)),
        counts=counts,
    )


def _live(state: Groups, broadcast: str) -> LiveBroadcast:
    return state.live.broadcasts[broadcast]


def _groups_of(state: Groups, broadcasts: set[str]) -> list[GroupName]:
    return [name for key in sorted(broadcasts) for name in _names(_live(state, key))]


def _names(live: LiveBroadcast) -> list[GroupName]:
    if live.broadcast is None or live.is_retired:
        return []
    return [GroupName(live.id, group.id) for group in live.broadcast.groups]
