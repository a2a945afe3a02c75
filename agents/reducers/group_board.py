"""A group's board from its tally: ranked by its formula, shown as far as it is revealed."""

from collections.abc import Mapping
from dataclasses import dataclass

from agents.reducers import presentation
from agents.reducers.presentation import Citizens, Marks, Score
from agents.reducers.round_board import RoundParts, sum_counts
from agents.reducers.satisfaction import exact
from schemas.boards import GroupBoard, GroupRow, Positions, SealedRows, Status, sequence
from schemas.formulas import FULL_SCORE, FormulaRef, PresentationFormula
from schemas.seals import Sealed, seal_alike
from schemas.tallies import GroupTally, SlotCounts
from schemas.topics import VOTE_PARTITIONS
from schemas.wire import encode

# Ten digits: no number of marks or places is written longer, so all rows are padded to one length
WIDEST = 10**9

PREFIX = "presentations"

Counts = Mapping[str, SlotCounts]


@dataclass(frozen=True, slots=True)
class GroupPart:
    """The newest tally of a group, its counts opened."""

    tally: GroupTally
    counts: Counts


def is_newer(tally: GroupTally, held: GroupPart | None) -> bool:
    """Whether a tally is to be taken: none of its positions is behind what is held."""
    if held is None or tally.incarnation > held.tally.incarnation:
        return True
    if tally.incarnation < held.tally.incarnation:
        return False
    before = held.tally.positions
    if tally.broadcast != held.tally.broadcast:
        return tally.positions["broadcasts"] > before["broadcasts"]
    ahead = [tally.positions.get(topic, 0) - at for topic, at in before.items()]
    return min(ahead) >= 0 and max(ahead) > 0


def round_of(formula: PresentationFormula) -> str | None:
    """The round whose citizens count in a formula, if any do."""
    return formula.citizens.round if formula.citizens.weight else None


def board_name(group: str) -> str:
    """The id of a group's board."""
    return f"{PREFIX}:{group}"


def about_sealed(broadcast: str, board: str, seq: int) -> str:
    """What a board's sealed rows are bound to."""
    return f"{broadcast}/{board}/{seq}"


@dataclass(frozen=True, slots=True)
class Made:
    """A group's board before it is sealed: the positions behind it, and all its rows."""

    tally: GroupTally
    seq: int
    as_of: int
    status: Status
    positions: Positions
    all: SealedRows

    @property
    def name(self) -> str:
        """The board's id."""
        return board_name(self.tally.group)

    @property
    def shown(self) -> list[GroupRow]:
        """The rows that are public, in the board's order."""
        rows = self.all.rows
        ranked = [row for row in rows if row.rank is not None]
        if self.tally.key_published or self.tally.revealed >= max(1, len(ranked)):
            return rows
        return ranked[len(ranked) - self.tally.revealed :]

    @property
    def is_public(self) -> bool:
        """Whether every row is."""
        return len(self.shown) == len(self.all.rows)


def make(part: GroupPart, votes: RoundParts | None) -> Made | None:
    """Make a group's board, or None while the citizens that count in it are not known."""
    tally = part.tally
    citizens = _citizens(tally.formula, votes)
    if citizens is None:
        return None
    positions = {topic: {"0": at} for topic, at in tally.positions.items()} | citizens.positions
    missing = sum(counts.missing for counts in part.counts.values())
    is_known = tally.closed or missing == 0
    return Made(
        tally=tally,
        seq=sequence(tally.incarnation, positions),
        as_of=max(tally.at, citizens.at),
        status=_status(tally, is_final=is_known and citizens.is_final),
        positions=positions,
        all=SealedRows(_rows(part, citizens.by_unit, is_known=is_known), missing),
    )


def board(made: Made, sealed: Sealed | None) -> GroupBoard:
    """The board as it is published: what is revealed in the open, all rows sealed."""
    tally, shown = made.tally, made.shown if made.tally.closed else []
    return GroupBoard(
        board=made.name,
        seq=made.seq,
        as_of=made.as_of,
        status=made.status,
        formula=FormulaRef(tally.formula.id, tally.formula.version),
        positions=made.positions,
        rows=shown,
        group=tally.group,
        broadcast=tally.broadcast,
        title=tally.title,
        of=len(made.all.rows),
        revealed=len(shown),
        closed=tally.closed,
        version=1 + len(tally.corrections),
        corrections=tally.corrections,
        sealed=sealed,
    )


def seal_rows(made: Made, key: bytes) -> Sealed:
    """Seal a board's rows: whoever makes the board gets the same bytes."""
    about = about_sealed(made.tally.broadcast, made.name, made.seq)
    return seal_alike(key, encode(made.all), about, len(encode(_widest(made.tally))))


def _widest(tally: GroupTally) -> SealedRows:
    """Rows that take as much room as any of this group."""
    panels = dict.fromkeys(tally.formula.panels, FULL_SCORE)
    rows = [
        GroupRow(
            slot=slot.id,
            unit=slot.unit,
            rank=WIDEST,
            score=FULL_SCORE,
            panels=panels,
            marks=WIDEST,
            missing=WIDEST,
            status="unranked",
        )
        for slot in tally.slots
    ]
    return SealedRows(rows, WIDEST)


@dataclass(frozen=True, slots=True)
class _Citizens:
    """The citizens' part of a board: what they say of each unit, and what that stands on."""

    by_unit: Mapping[str, Citizens]
    positions: Positions
    at: int
    is_final: bool


def _citizens(formula: PresentationFormula, votes: RoundParts | None) -> _Citizens | None:
    round_id = round_of(formula)
    if round_id is None:
        return _Citizens({}, {}, 0, is_final=True)
    held = votes.round if votes else None
    if votes is None or held is None or len(votes.votes) < VOTE_PARTITIONS:
        return None
    if not votes.is_settled():
        return None
    parts = {str(number): votes.votes[number].position for number in sorted(votes.votes)}
    counts = sum_counts(held.units, votes.votes)
    return _Citizens(
        by_unit={
            unit: Citizens(exact(held.formula, found), sum(found[:4]))
            for unit, found in counts.items()
            if sum(found[:4])
        },
        positions={"votes": parts, f"broadcasts of {round_id}": {"0": held.position}},
        at=max(held.at, *(entry.at for entry in votes.votes.values())),
        is_final=held.final_positions is not None,
    )


def _status(tally: GroupTally, *, is_final: bool) -> Status:
    if not is_final:
        return "provisional"
    return "corrected" if tally.corrections else "final"


def _rows(part: GroupPart, citizens: Mapping[str, Citizens], *, is_known: bool) -> list[GroupRow]:
    """All rows: the ranked from the first place down, then the others in running order."""
    tally, counts = part.tally, part.counts
    scores: dict[str, Score] = {}
    for slot in tally.slots:
        marks = [] if slot.skipped else _marks(tally.formula, counts[slot.id])
        found = presentation.score(tally.formula, marks, citizens.get(slot.unit))
        if is_known and marks and found is not None:
            scores[slot.id] = found
    places = presentation.rank(scores)
    last = len(tally.slots) + 1
    order = sorted(range(len(tally.slots)), key=lambda n: (places.get(tally.slots[n].id, last), n))
    return [_row(part, tally.slots[n].id, tally.slots[n].unit, scores, places) for n in order]


def _row(
    part: GroupPart, slot: str, unit: str, scores: dict[str, Score], places: dict[str, int]
) -> GroupRow:
    counts, score = part.counts.get(slot), scores.get(slot)
    return GroupRow(
        slot=slot,
        unit=unit,
        rank=places.get(slot),
        score=score.score if score else None,
        panels=score.panels if score else {},
        marks=sum(map(len, counts.marks.values())) if counts else 0,
        missing=counts.missing if counts else 0,
        status="skipped" if counts is None else "ranked" if score else "unranked",
    )


def _marks(formula: PresentationFormula, counts: SlotCounts) -> list[Marks]:
    names = [criterion.id for criterion in formula.criteria]
    return [
        Marks(panel, dict(zip(names, row, strict=True)))
        for panel, rows in counts.marks.items()
        for row in rows
    ]
