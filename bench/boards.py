"""A board as the worker would write it, for whoever measures what is done with boards."""

import time

from agents.reducers.round_board import rows
from schemas.boards import Board
from schemas.broadcasts import Text
from schemas.formulas import SATISFACTION_V1, FormulaRef
from schemas.tallies import RankedUnit, RoundTally
from schemas.wire import encode

ROUND = "satisfaction-2026"
CHANNEL = f"board:satisfaction:{ROUND}"


def board(units: int, seq: int) -> bytes:
    """A ranking of so many units."""
    ranked = [RankedUnit(f"department-{n:02}", n) for n in range(1, units + 1)]
    counts = {unit.id: [900 - unit.number, 700, 300 + unit.number, 40, 12] for unit in ranked}
    title = Text(zh="2026年度群众满意度测评", en="Citizens' satisfaction 2026")
    definition = RoundTally(
        round=ROUND,
        broadcast="county-2026",
        title=title,
        units=ranked,
        formula=SATISFACTION_V1,
        minimum_ballots=30,
        accepts=["web"],
        status="open",
        closes_at=None,
        final_positions=None,
        incarnation=1,
        position=9,
        at=0,
    )
    return encode(
        Board(
            board=f"satisfaction:{ROUND}",
            seq=seq,
            as_of=time.time_ns() // 1_000_000,
            status="live",
            formula=FormulaRef("satisfaction", 1),
            positions={
                "votes": {str(n): 12_000 + n for n in range(8)},
                "broadcasts": {"0": 9},
            },
            rows=rows(definition, counts),
            round=ROUND,
            broadcast="county-2026",
            title=title,
            minimum_ballots=30,
        )
    )
