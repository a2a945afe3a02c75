"""Boards from tallies: a function of the newest part of each partition and of the round itself."""

from dataclasses import dataclass, field

from agents.reducers.satisfaction import Standing, rank_range, ranks, standing
from schemas.ballots import CHOICES
from schemas.boards import Board, Positions, Row, Status, sequence
from schemas.formulas import FormulaRef
from schemas.tallies import RankedUnit, RoundsTally, RoundTally, VoteTally
from schemas.topics import VOTE_PARTITIONS

PREFIX = "satisfaction"


def board_name(round_id: str) -> str:
    """The id of a round's board."""
    return f"{PREFIX}:{round_id}"


@dataclass(slots=True)
class RoundParts:
    """The newest tally of each partition of a round, and of the round itself."""

    round: RoundTally | None = None
    votes: dict[int, VoteTally] = field(default_factory=dict)

    def is_settled(self) -> bool:
        """Whether every partition has folded past the final positions, if there are any."""
        final = (self.round.final_positions if self.round else None) or {}
        return all(votes.folded_to >= final.get(str(key), 0) for key, votes in self.votes.items())


@dataclass(slots=True)
class Parts:
    """All that is held of `tallies`, by round."""

    rounds: dict[str, RoundParts] = field(default_factory=dict)


def step(state: Parts, tally: RoundsTally) -> str | None:
    """Take a tally, unless one of its positions is behind what is already held.

    Returns:
        The round whose board may have changed, or None.
    """
    parts = state.rounds.setdefault(tally.round, RoundParts())
    match tally:
        case VoteTally():
            changed = _take_votes(parts, tally)
        case RoundTally():
            changed = parts.round is None or _age(tally) > _age(parts.round)
            parts.round = tally if changed else parts.round
    return tally.round if changed else None


def _take_votes(parts: RoundParts, tally: VoteTally) -> bool:
    held = parts.votes.get(tally.partition)
    if held and (tally.position < held.position or tally.folded_to < held.folded_to):
        return False
    was_settled = parts.is_settled()
    parts.votes[tally.partition] = tally
    return held is None or tally.position > held.position or not was_settled


def _age(tally: RoundTally) -> tuple[int, int]:
    return tally.incarnation, tally.position


def board(state: Parts, round_id: str) -> Board | None:
    """Make a round's board, or None while a partition has not spoken, or not far enough.

    A round that is final waits until every partition has folded past its final positions, so that
    a board of one number is always the same board.
    """
    parts = state.rounds.get(round_id)
    if parts is None or parts.round is None or len(parts.votes) < VOTE_PARTITIONS:
        return None
    if parts.round.status == "loaded" or not parts.is_settled():
        return None
    return _board(parts.round, parts.votes)


def _board(definition: RoundTally, votes: dict[int, VoteTally]) -> Board:
    positions: Positions = {
        "votes": {str(number): votes[number].position for number in sorted(votes)},
        "broadcasts": {"0": definition.position},
    }
    counts = sum_counts(definition.units, votes)
    return Board(
        board=board_name(definition.round),
        seq=sequence(definition.incarnation, positions),
        as_of=max(definition.at, *(tally.at for tally in votes.values())),
        status=_status(definition, votes),
        formula=FormulaRef(definition.formula.id, definition.formula.version),
        positions=positions,
        rows=rows(definition, counts),
        round=definition.round,
        broadcast=definition.broadcast,
        title=definition.title,
        minimum_ballots=definition.minimum_ballots,
    )


def sum_counts(units: list[RankedUnit], votes: dict[int, VoteTally]) -> dict[str, list[int]]:
    """Add up the partitions' counts of each unit."""
    totals = {unit.id: [0] * len(CHOICES) for unit in units}
    for tally in votes.values():
        for unit, counts in tally.counts.items():
            if unit in totals:
                totals[unit] = [a + b for a, b in zip(totals[unit], counts, strict=True)]
    return totals


def _status(definition: RoundTally, votes: dict[int, VoteTally]) -> Status:
    if definition.status == "open":
        return "live"
    if definition.final_positions is None:
        return "provisional"
    final = definition.final_positions
    late = any(votes[number].position > final.get(str(number), 0) for number in votes)
    return "corrected" if late else "final"


def rows(definition: RoundTally, counts: dict[str, list[int]]) -> list[Row]:
    """Rank the units of a round by its formula; those below the minimum stand apart at the end."""
    standings = {
        unit.id: standing(definition.formula, counts[unit.id])
        for unit in definition.units
        if _rated(counts[unit.id]) >= definition.minimum_ballots
    }
    ranked = [unit for unit in definition.units if unit.id in standings]
    ranked.sort(key=lambda unit: (-standings[unit.id].score, unit.number))
    places = ranks([standings[unit.id].score for unit in ranked])
    everyone = list(standings.values())
    top = [
        _ranked_row(unit, place, standings[unit.id], everyone, counts[unit.id])
        for unit, place in zip(ranked, places, strict=True)
    ]
    below = [unit for unit in definition.units if unit.id not in standings]
    below.sort(key=lambda unit: unit.number)
    return top + [_apart(unit, counts[unit.id]) for unit in below]


def _rated(counts: list[int]) -> int:
    return sum(counts[:4])


def _ranked_row(
    unit: RankedUnit, place: int, own: Standing, everyone: list[Standing], counts: list[int]
) -> Row:
    rank_from, rank_to = rank_range(everyone, own)
    return Row(
        unit=unit.id,
        rank=place,
        rank_from=rank_from,
        rank_to=rank_to,
        score=own.score,
        interval=(own.low, own.high),
        counts=dict(zip(CHOICES, counts, strict=True)),
        rated=_rated(counts),
        ballots=sum(counts),
        status="ranked",
    )


def _apart(unit: RankedUnit, counts: list[int]) -> Row:
    return Row(
        unit=unit.id,
        rank=None,
        rank_from=None,
        rank_to=None,
        score=None,
        interval=None,
        counts=None,
        rated=_rated(counts),
        ballots=sum(counts),
        status="below_minimum",
    )
