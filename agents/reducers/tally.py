"""One partition of `votes`, folded: of each voter's ballots on a unit the latest counts.

Latest by the ballot's own time, then by log order; so a late retry cannot undo a change of mind.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from schemas.ballots import Row
from schemas.tallies import VoteTally

Units = dict[str, tuple[dict[int, int], list[int]]]

# Five choices, 0 to 4
CHOICE_BITS = 3
CHOICE_MASK = (1 << CHOICE_BITS) - 1


@dataclass(slots=True)
class RoundCount:
    """What a partition counts for one round.

    `units` has, for each unit, its voters' latest ballots (pseudonym -> created_at << 3 | choice)
    and how many of them are of each choice.
    """

    units: Units = field(default_factory=dict)
    position: int = 0
    at: int = 0

    def ballots(self) -> int:
        """How many voters' ballots it holds."""
        return sum(len(voters) for voters, _ in self.units.values())


@dataclass(slots=True)
class PartitionTally:
    """The fold of one partition; `folded_to` is the next offset to fold.

    `counts_from` says from which offset on a round's ballots count; a round that it does not name
    counts from wherever the fold began.
    """

    partition: int
    folded_to: int = 0
    counts_from: dict[str, int] = field(default_factory=dict)
    rounds: dict[str, RoundCount] = field(default_factory=dict)
    dirty: set[str] = field(default_factory=set)

    def tally(self, round_id: str) -> VoteTally:
        """The counts of a round, absolute and as of positions."""
        held = self.rounds.get(round_id) or RoundCount()
        counts = {unit: list(held.units[unit][1]) for unit in sorted(held.units)}
        return VoteTally(round_id, self.partition, counts, held.position, self.folded_to, held.at)

    def ballots(self) -> int:
        """How many ballots it holds, of all rounds."""
        return sum(count.ballots() for count in self.rounds.values())


def step(state: PartitionTally, offset: int, at: int, rows: Iterable[Row]) -> bool:
    """Fold one frame: its time (ms) and its rows as `schemas.ballots.read_rows` gives them.

    Returns:
        False, and nothing done, when the offset was folded before.
    """
    if offset < state.folded_to:
        return False
    state.folded_to = offset + 1
    for round_id in _count(state, offset, rows):
        count = state.rounds[round_id]
        count.position = offset + 1
        count.at = max(count.at, at)
        state.dirty.add(round_id)
    return True


def skip_to(state: PartitionTally, offset: int) -> None:
    """Pass over what could not be read, or holds no frame, up to the next offset to fold."""
    state.folded_to = max(state.folded_to, offset)


def limit(state: PartitionTally, counts_from: dict[str, int]) -> None:
    """Learn from where each round counts; a round that counts no longer is let go."""
    state.counts_from = counts_from
    for round_id in [*state.rounds]:
        if counts_from.get(round_id, 0) >= state.folded_to:
            del state.rounds[round_id]
            state.dirty.discard(round_id)


def _count(state: PartitionTally, offset: int, rows: Iterable[Row]) -> set[str]:
    """Count the rows; the rounds that they touched. The hot loop of a fold."""
    touched: set[str] = set()
    round_held, unit_held, units, voters, counts = None, None, {}, {}, []
    for round_id, unit, voter, choice, created_at, _source in rows:
        if round_id != round_held:
            units = _units(state, offset, round_id, touched)
            round_held, unit_held = round_id, None
        if unit != unit_held:
            voters, counts = units.get(unit) or units.setdefault(unit, ({}, [0, 0, 0, 0, 0]))
            unit_held = unit
        before = voters.get(voter)
        if before is None:
            counts[choice] += 1
        elif created_at >= before >> CHOICE_BITS:
            counts[before & CHOICE_MASK] -= 1
            counts[choice] += 1
        else:
            continue
        voters[voter] = created_at << CHOICE_BITS | choice
    return touched


def _units(state: PartitionTally, offset: int, round_id: str, touched: set[str]) -> Units:
    if offset < state.counts_from.get(round_id, 0):
        return {}
    touched.add(round_id)
    return state.rounds.setdefault(round_id, RoundCount()).units
