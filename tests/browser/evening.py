"""A stand-in evening for the pages: one broadcast, one round, counts; boards by the real rules."""

import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from agents.reducers.round_board import rows
from schemas.boards import Board, Status, sequence
from schemas.broadcasts import Broadcast, Text
from schemas.formulas import SATISFACTION_V1, FormulaRef
from schemas.loading import load
from schemas.tallies import RankedUnit, RoundTally

COUNTY = Path(__file__).parents[2] / "examples" / "county" / "county.yaml"
ROUND = "satisfaction-2026"
BOARD = f"satisfaction:{ROUND}"
LOG_POSITION = 3

Phase = Literal["loaded", "open", "closed", "finalised", "corrected"]
STATUS: dict[Phase, Status] = {"open": "live", "closed": "provisional", "finalised": "final"}


@dataclass
class Evening:
    """What was loaded, how far the round is, and each unit's five counts."""

    broadcast: Broadcast
    counts: dict[str, list[int]]
    phase: Phase = "open"
    edition: int = 1
    opened_at: int = 0

    def __post_init__(self) -> None:
        self.opened_at = now_ms() - 60_000

    @property
    def names(self) -> dict[str, str]:
        return {unit.id: unit.name.en for unit in self.broadcast.units}

    def board(self) -> Board:
        definition = self._definition()
        votes = {str(part): sum(map(sum, self.counts.values())) // 8 for part in range(8)}
        positions = {"votes": votes, "broadcasts": {"0": LOG_POSITION + self.edition}}
        return Board(
            board=BOARD,
            seq=sequence(1, positions),
            as_of=now_ms(),
            status=STATUS.get(self.phase, "corrected"),
            formula=FormulaRef("satisfaction", 1),
            positions=positions,
            rows=rows(definition, self.counts),
            round=ROUND,
            broadcast=self.broadcast.id,
            title=definition.title,
            minimum_ballots=definition.minimum_ballots,
        )

    def _definition(self) -> RoundTally:
        voting_round = self.broadcast.rounds[0]
        units = self.broadcast.units_of(voting_round)
        return RoundTally(
            round=ROUND,
            broadcast=self.broadcast.id,
            title=voting_round.title,
            units=[RankedUnit(unit.id, unit.number) for unit in units],
            formula=SATISFACTION_V1,
            minimum_ballots=voting_round.minimum_ballots,
            accepts=voting_round.accepts,
            status="open",
            closes_at=None,
            final_positions=None,
            incarnation=1,
            position=LOG_POSITION,
            at=0,
        )

    def standing(self) -> dict[str, Any]:
        """The round as the console's API has it."""
        voting_round = self.broadcast.rounds[0]
        return {
            "id": ROUND,
            "title": msgspec.to_builtins(voting_round.title),
            "broadcast": self.broadcast.id,
            "status": "finalised" if self.phase == "corrected" else self.phase,
            "board": BOARD,
            "accepts": voting_round.accepts,
            "opened_at": None if self.phase == "loaded" else self.opened_at,
            "closes_at": None,
        }


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def county(count: int = 36, *, name_ends_with: str = "") -> Broadcast:
    """The example county, with so many units, its names longer by a given end."""
    loaded = load(COUNTY.read_text(encoding="utf-8"))
    assert isinstance(loaded, Broadcast), loaded
    units = [
        msgspec.structs.replace(
            unit, name=Text(unit.name.zh + name_ends_with, unit.name.en + name_ends_with)
        )
        for unit in loaded.units[:count]
    ]
    return msgspec.structs.replace(loaded, units=units)


def voted(broadcast: Broadcast, most: int, chance: random.Random) -> Evening:
    """An evening on which every unit has ballots, a third of `most` at least."""
    counts = {unit.id: _draw(chance, chance.randint(most // 3, most)) for unit in broadcast.units}
    return Evening(broadcast, counts)


def silent(broadcast: Broadcast) -> Evening:
    """An evening before the first ballot."""
    return Evening(broadcast, {unit.id: [0] * 5 for unit in broadcast.units})


def _draw(chance: random.Random, ballots: int) -> list[int]:
    mood = chance.uniform(0.35, 0.95)
    weights = [mood * mood, mood * 0.8, 0.3, (1 - mood) ** 1.5, 0.07]
    drawn = chance.choices(range(5), weights, k=ballots)
    return [drawn.count(choice) for choice in range(5)]
